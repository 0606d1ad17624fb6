"""Tokens of 256 bits; what is stored is their hash. No salt: there is nothing in them to guess."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A secret that fits into a URL and a cookie, 43 characters."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
