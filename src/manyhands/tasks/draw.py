"""Lots that are the same on every machine and at every call."""

from __future__ import annotations

import hashlib


def draw(*words: object) -> int:
    """A large number that looks random, and is always the same for the same words."""
    text = "\n".join(map(str, words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
