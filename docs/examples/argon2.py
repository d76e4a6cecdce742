"""A password hashed and verified with Argon2id: python argon2.py argon2.wasm"""

import sys

import compat
from compat import U32

ARGON2ID, VERSION = 2, 0x13

with compat.load(sys.argv[1]) as argon2:
    work = [U32, U32, U32]  # passes, KiB of memory, lanes
    secrets = [bytes, U32, bytes, U32]
    results = [bytearray, U32, bytearray, U32]
    argon2_hash = argon2.function("argon2_hash", params=[*work, *secrets, *results, int, U32], returns=int)
    argon2_verify = argon2.function("argon2_verify", params=[str, bytes, U32, int], returns=int)
    argon2_error_message = argon2.function("argon2_error_message", returns=str)

    def hashed(password, salt, *, passes=2, memory=1024, lanes=1, size=32):
        raw, encoded = bytearray(size), bytearray(512)
        settings = (passes, memory, lanes, password, len(password), salt, len(salt))
        status = argon2_hash(*settings, raw, len(raw), encoded, len(encoded), ARGON2ID, VERSION)
        if status:
            raise ValueError(argon2_error_message(status))
        return raw.hex(), encoded.rstrip(b"\0").decode()

    raw, encoded = hashed("pässword".encode(), b"somesalt")
    print(raw)
    print(encoded)
    for guess in ("pässword", "password"):
        status = argon2_verify(encoded, guess.encode(), len(guess.encode()), ARGON2ID)
        print(guess, argon2_error_message(status))
    try:
        hashed(b"password", b"short")
    except ValueError as error:
        print(error)
