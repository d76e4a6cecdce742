"""dlopen and its relatives, as far as they fail: test_dynamic.py has libraries that can be loaded. And what libraries
expect of C's in their program.
"""

from __future__ import annotations

from tests.calls import BEYOND, Points, call, case

CASES = [
    case(
        "what goes wrong with a library is told once",
        call("_dlerror", gives=0),
        call("_dlopen", "/none", 1, gives=0),
        call("_dlerror", gives=Points(b"Could not load dynamic lib: /none\n")),
        call("_dlerror", gives=0),
        call("_dlsym", 77, "name", gives=0),
        call("_dlerror", gives=Points("Tried to dlsym() from an unopened handle: 77")),
        call("_dlclose", 77, gives=1),
        call("_dlerror", gives=Points("Tried to dlclose() unopened handle: 77")),
        call("_dlopen", BEYOND, 1, gives=0, ends="EFAULT"),
    ),
    case(
        "functions of C and C++",
        call("_memcmp", b"abc", b"abd", 3, gives=-1),
        call("_memcmp", b"abd", b"abc", 2),
        *(call("_iswdigit", ord(character), gives=int(character.isdigit())) for character in "/09:"),
        *(call("_iswspace", ord(character), gives=int(character != "x")) for character in "\t x\u3000"),
        call("__ZdlPv", 0x5000, gives=None, calls=[("free", 0x5000)]),
        call("__ZdlPv", 0, gives=None),
    ),
]
