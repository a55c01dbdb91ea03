"""Passwords: made, hashed with argon2id, and checked in about the same time whether the account exists or not."""

from __future__ import annotations

import os
import secrets
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()  # parameters of RFC 9106, second recommendation: 64 MiB, 3 passes
MIN_LENGTH = 8  # NIST SP 800-63B, for passwords that people choose
MAX_LENGTH = 200  # as on the wire

# Without what reads alike in print: 0 o, 1 l i.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4  # 16 letters, 79 bits
# Each hash takes 64 MiB: a crowd at the door must not take the machine's memory.
_AT_ONCE = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


def generate() -> str:
    """A password that can be read out and typed: `k7mw-2xqp-…`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def hashed(password: str) -> str:
    """What is stored in place of a password."""
    with _AT_ONCE:
        return HASHER.hash(_bytes(password))


def verify(known: str | None, password: str) -> bool:
    """Whether the password is that of the hash; without a hash the same work is done, and the answer is no."""
    with _AT_ONCE:
        try:
            HASHER.verify(known or _nobody(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
        return known is not None


def outdated(known: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(known)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobody() -> str:
    return HASHER.hash(secrets.token_bytes(16))
