"""The login that a farm camera asks for: Basic (RFC 7617) or Digest (RFC 7616 as cameras speak it, MD5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal
from urllib.request import parse_http_list, parse_keqv_list

from patrol.core.redact import Secret, register_login

REALM = "patrol-farm"


@dataclass(frozen=True, slots=True)
class Login:
    """User, password and scheme of one camera. The nonce lives as long as the farm."""

    username: str
    password: Secret
    scheme: Literal["basic", "digest"] = "digest"
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    def __post_init__(self) -> None:
        register_login(self.username, self.password)

    def challenge(self) -> str:
        """Value of WWW-Authenticate."""
        if self.scheme == "basic":
            return f'Basic realm="{REALM}"'
        return f'Digest realm="{REALM}", nonce="{self.nonce}"'

    def accepts(self, method: str, authorization: str) -> bool:
        """Whether a request's Authorization header is right for `method`."""
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() != self.scheme:
            return False
        return self._basic(rest) if self.scheme == "basic" else self._digest(method, rest)

    def _basic(self, rest: str) -> bool:
        try:
            given = base64.b64decode(rest.strip(), validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(given, f"{self.username}:{self.password.reveal()}".encode())

    def _digest(self, method: str, rest: str) -> bool:
        try:
            given = parse_keqv_list(parse_http_list(rest))
        except ValueError:
            return False
        if given.get("username") != self.username or given.get("nonce") != self.nonce:
            return False
        secret = _md5(f"{self.username}:{REALM}:{self.password.reveal()}")
        asked = _md5(f"{method}:{given.get('uri', '')}")
        middle = self.nonce
        if "qop" in given:
            middle += f":{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
        return hmac.compare_digest(_md5(f"{secret}:{middle}:{asked}"), given.get("response", ""))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
