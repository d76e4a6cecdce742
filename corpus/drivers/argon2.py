"""Hash a password: arguments are the password, the salt, passes, KiB, lanes, bytes of hash, type (0 d, 1 i, 2 id)."""

from __future__ import annotations

from collections.abc import Sequence

from compat import Module
from corpus.drivers import allocate, integer, string, text

VERSION = 0x13
ENCODED_SIZE = 512


def run(module: Module, args: Sequence[str]) -> str:
    password, salt = (value.encode() for value in args[:2])
    passes, memory, lanes, size, kind = map(int, args[2:])
    digest = allocate(module, bytes(size))
    encoded = allocate(module, bytes(ENCODED_SIZE))
    secrets = [allocate(module, password), len(password), allocate(module, salt), len(salt)]
    out = [digest, size, encoded, ENCODED_SIZE, kind, VERSION]
    status = integer(module, "_argon2_hash", passes, memory, lanes, *secrets, *out)
    if status:
        return f"{status}: {string(module, integer(module, '_argon2_error_message', status))}\n"
    verified = integer(module, "_argon2_verify", encoded, text(module, args[0]), len(password), kind)
    return f"{module.memory.read(digest, size).hex()}\n{string(module, encoded)}\nverified: {verified}\n"
