"""Secrets that are given away and kept as hashes only.

A fast hash is right here, and would be wrong for passwords: nobody can try 2^256 tokens.
"""

from __future__ import annotations

import hashlib
import secrets


def make_token() -> str:
    """256 random bits, 43 letters that an address may hold."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
