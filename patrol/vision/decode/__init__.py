"""Keyframes to pictures, and pictures to the size that somebody asks for. The owner of av for decoding."""
