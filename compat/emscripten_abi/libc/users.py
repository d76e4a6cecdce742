"""Users and groups by name: there is one of each, the one that the environment names."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Pointer, Text
from compat.abi.row import Table
from compat.emscripten_abi.errno import set_errno
from compat.emscripten_abi.files import DEFAULT_ENVIRONMENT
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.limits import SYSCONF
from compat.emscripten_abi.libc.texts import static_text
from compat.emscripten_abi.structs import Group, Passwd
from compat.kernel.errno import Errno, SysError

env = Table("env", "users", failure=set_errno(0))

USER = DEFAULT_ENVIRONMENT["USER"]
NGROUPS_MAX = SYSCONF[3]


class Databases:
    """How far the guest has read the two databases."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self.users_read = False
        self.groups_read = False


def _passwd(guest: EmscriptenGuest) -> int:
    """Address of the entry of the one user."""
    name = static_text(guest, "user", USER)
    nothing = static_text(guest, "nothing", "")
    home = static_text(guest, "home", DEFAULT_ENVIRONMENT["HOME"])
    uid, gid = guest.process.uid, guest.process.gid
    entry = Passwd(name=name, passwd=nothing, uid=uid, gid=gid, gecos=nothing, dir=home, shell=nothing)
    address = guest.owned("passwd", Passwd.sizeof())
    guest.memory.write(address, entry.pack())
    return address


def _group(guest: EmscriptenGuest) -> int:
    """Address of the entry of the one group, which lists no members."""
    members = guest.owned("group members", 4)
    guest.memory.store_32(members, 0)
    name = static_text(guest, "user", USER)
    nothing = static_text(guest, "nothing", "")
    address = guest.owned("group", Group.sizeof())
    guest.memory.write(address, Group(name=name, passwd=nothing, gid=guest.process.gid, mem=members).pack())
    return address


@env.function("_getpwnam")
def getpwnam(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The entry of a user, or NULL. The JavaScript threw."""
    return _passwd(guest) if name == USER else 0


@env.function("_getpwuid")
def getpwuid(guest: EmscriptenGuest, uid: U32) -> Pointer:
    """The entry of a user, or NULL, which the JavaScript always returned."""
    return _passwd(guest) if uid == guest.process.uid else 0


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
    return _passwd(guest) if first else 0


@env.function("_getgrnam")
def getgrnam(guest: EmscriptenGuest, name: Text) -> Pointer:
    """The entry of a group, or NULL."""
    return _group(guest) if name == USER else 0


@env.function("_getgrgid")
def getgrgid(guest: EmscriptenGuest, gid: U32) -> Pointer:
    """The entry of a group, or NULL."""
    return _group(guest) if gid == guest.process.gid else 0


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
    return _group(guest) if first else 0


@env.function("_setgroups", failure=set_errno(-1))
def setgroups(count: I32, groups: Pointer) -> I32:
    """Set the supplementary groups. Errors: EINVAL (too many, or none), EPERM."""
    raise SysError(Errno.EPERM if 1 <= count <= NGROUPS_MAX else Errno.EINVAL)
