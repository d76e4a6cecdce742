"""Users and groups by name: there is one of each, the one that the environment names."""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import NamedTuple
from compat.abi.kinds import I32, U32, Pointer, Struct, Text
from compat.abi.row import Table
from compat.emscripten_abi.errno import positive_errno, set_errno
from compat.emscripten_abi.files import DEFAULT_ENVIRONMENT
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.limits import SYSCONF
from compat.emscripten_abi.libc.texts import encode
from compat.emscripten_abi.structs import Group, Passwd
from compat.kernel.errno import Errno, SysError

env = Table("env", "users", failure=set_errno(0))

USER = DEFAULT_ENVIRONMENT["USER"]
NGROUPS_MAX = SYSCONF[3]

USER_TEXTS = encode(USER) + encode(DEFAULT_ENVIRONMENT["HOME"])
GROUP_TEXTS = bytes(4) + encode(USER)
"""What the entries point to, one behind the other. The last NUL is an empty text; a group's begin with its members."""


class Databases:
    """How far the guest has read the two databases."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.users_read = False
        self.groups_read = False


def _user_entry(guest: EmscriptenGuest, texts: int) -> bytes:
    """The entry of the one user, whose texts are at that address."""
    home, nothing = texts + len(encode(USER)), texts + len(USER_TEXTS) - 1
    uid, gid = guest.process.uid, guest.process.gid
    return Passwd(name=texts, passwd=nothing, uid=uid, gid=gid, gecos=nothing, dir=home, shell=nothing).pack()


def _group_entry(guest: EmscriptenGuest, texts: int) -> bytes:
    """The entry of the one group, which lists no members."""
    name, nothing = texts + 4, texts + len(GROUP_TEXTS) - 1
    return Group(name=name, passwd=nothing, gid=guest.process.gid, mem=texts).pack()


class Database(NamedTuple):
    """One of the two, with its one entry."""

    struct: type[Struct]
    texts: bytes
    entry: Callable[[EmscriptenGuest, int], bytes]


USERS = Database(Passwd, USER_TEXTS, _user_entry)
GROUPS = Database(Group, GROUP_TEXTS, _group_entry)


def _static(guest: EmscriptenGuest, database: Database) -> int:
    """The address of an entry, which lives as long as the guest."""
    size = database.struct.sizeof()
    address = guest.owned(database.entry.__name__, size + len(database.texts))
    guest.memory.write(address + size, database.texts)
    guest.memory.write(address, database.entry(guest, address + size))
    return address


@env.function("_getpwnam")
def getpwnam(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The entry of a user, or NULL. The JavaScript threw."""
    return _static(guest, USERS) if name == USER else 0


@env.function("_getpwuid")
def getpwuid(guest: EmscriptenGuest, uid: U32) -> Pointer:
    """The entry of a user, or NULL, which the JavaScript always returned."""
    return _static(guest, USERS) if uid == guest.process.uid else 0


@env.function("_setpwent")
@env.function("_endpwent")
def setpwent(guest: EmscriptenGuest) -> None:
    """Read the users from the start."""
    guest.part(Databases).users_read = False


@env.function("_getpwent")
def getpwent(guest: EmscriptenGuest) -> Pointer:
    """The next user, or NULL at the end."""
    databases = guest.part(Databases)
    first, databases.users_read = not databases.users_read, True
    return _static(guest, USERS) if first else 0


@env.function("_getgrnam")
def getgrnam(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The entry of a group, or NULL."""
    return _static(guest, GROUPS) if name == USER else 0


@env.function("_getgrgid")
def getgrgid(guest: EmscriptenGuest, gid: U32) -> Pointer:
    """The entry of a group, or NULL."""
    return _static(guest, GROUPS) if gid == guest.process.gid else 0


@env.function("_setgrent")
@env.function("_endgrent")
def setgrent(guest: EmscriptenGuest) -> None:
    """Read the groups from the start."""
    guest.part(Databases).groups_read = False


@env.function("_getgrent")
def getgrent(guest: EmscriptenGuest) -> Pointer:
    """The next group, or NULL at the end."""
    databases = guest.part(Databases)
    first, databases.groups_read = not databases.groups_read, True
    return _static(guest, GROUPS) if first else 0


# --- into memory of the caller's, from 1.39.7 on; the JavaScript threw


def _put(guest: EmscriptenGuest, found: Database | None, entry: int, buffer: int, size: int, result: int) -> int:
    """Store the entry of a database, if that is what was found. Errors: EFAULT, ERANGE (the buffer is too small)."""
    pointer, room = guest.memory.view(result, 4), guest.memory.view(buffer, size)
    place = guest.memory.view(entry, found.struct.sizeof() if found else 0)
    pointer[:] = bytes(4)
    if found:
        texts = -(-buffer // 4) * 4
        room = room[texts - buffer :]
        if len(room) < len(found.texts):
            raise SysError(Errno.ERANGE)
        room[: len(found.texts)] = found.texts
        place[:] = found.entry(guest, texts)
        pointer[:] = entry.to_bytes(4, "little")
    return 0


@env.function("_getpwnam_r", failure=positive_errno)
def getpwnam_r(guest: EmscriptenGuest, name: Text, entry: Pointer, buffer: Pointer, size: U32, result: Pointer) -> I32:
    """Store the entry of a user, and its address or NULL. Errors: EFAULT, ERANGE (the buffer is too small)."""
    return _put(guest, USERS if name == USER else None, entry, buffer, size, result)


@env.function("_getpwuid_r", failure=positive_errno)
def getpwuid_r(guest: EmscriptenGuest, uid: U32, entry: Pointer, buffer: Pointer, size: U32, result: Pointer) -> I32:
    """Store the entry of a user, and its address or NULL. Errors: EFAULT, ERANGE (the buffer is too small)."""
    return _put(guest, USERS if uid == guest.process.uid else None, entry, buffer, size, result)


@env.function("_getgrnam_r", failure=positive_errno)
def getgrnam_r(guest: EmscriptenGuest, name: Text, entry: Pointer, buffer: Pointer, size: U32, result: Pointer) -> I32:
    """Store the entry of a group, and its address or NULL. Errors: EFAULT, ERANGE (the buffer is too small)."""
    return _put(guest, GROUPS if name == USER else None, entry, buffer, size, result)


@env.function("_getgrgid_r", failure=positive_errno)
def getgrgid_r(guest: EmscriptenGuest, gid: U32, entry: Pointer, buffer: Pointer, size: U32, result: Pointer) -> I32:
    """Store the entry of a group, and its address or NULL. Errors: EFAULT, ERANGE (the buffer is too small)."""
    return _put(guest, GROUPS if gid == guest.process.gid else None, entry, buffer, size, result)


@env.function("_setgroups", failure=set_errno(-1))
def setgroups(count: I32, groups: Pointer) -> I32:
    """Set the supplementary groups. Errors: EINVAL (too many, or none), EPERM."""
    raise SysError(Errno.EPERM if 1 <= count <= NGROUPS_MAX else Errno.EINVAL)
