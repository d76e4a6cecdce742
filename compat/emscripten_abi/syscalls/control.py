"""Control messages of sendmsg and recvmsg (cmsg(3)): what goes with the bytes of a message, as musl lays it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compat._typing import NamedTuple
from compat.abi.memory import Memory
from compat.emscripten_abi.structs import Cmsghdr, Msghdr, Ucred
from compat.kernel.addresses import Control, Family, Received
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import PassedFile
from compat.kernel.process import Process
from compat.kernel.vfs.socket import Socket

SOL_IP, SOL_SOCKET, SOL_IPV6 = 0, 1, 41
SCM_RIGHTS, SCM_CREDENTIALS = 1, 2
SCM_MAX_FD = 253
"""Descriptors that one message may have."""
KINDS = {
    Control.IP_TOS: (SOL_IP, 1),
    Control.IP_TTL: (SOL_IP, 2),
    Control.IP_PKTINFO: (SOL_IP, 8),
    Control.IPV6_PKTINFO: (SOL_IPV6, 50),
    Control.IPV6_HOPLIMIT: (SOL_IPV6, 52),
    Control.IPV6_TCLASS: (SOL_IPV6, 67),
}
SENT = {KINDS[kind]: kind for kind in KINDS if kind not in (Control.IP_PKTINFO, Control.IPV6_PKTINFO)}
"""What may be sent: where a message leaves from is `bind`'s to say, which asks for a grant."""


class Attached(NamedTuple):
    """What is to be sent with a message."""

    control: Sequence[tuple[Control, bytes]] = ()
    files: Sequence[PassedFile] = ()

    def drop(self) -> None:
        """It was not sent."""
        for file in self.files:
            file.drop()


def read_control(process: Process, memory: Memory, sock: Socket, message: Msghdr) -> Attached:
    """What the control messages of a message attach to it; whoever does not send it must drop it.

    Errors: EBADF, EFAULT, EINVAL, EMFILE, ENOTSUP (of a kind that cannot be sent), EPERM (another's credentials).
    """
    descriptors: list[int] = []
    control: list[tuple[Control, bytes]] = []
    for level, kind, data in _messages(memory, message):
        if sock.family is not Family.LOCAL:
            if (level, kind) not in SENT:
                raise SysError(Errno.ENOTSUP)
            control.append((SENT[level, kind], data))
        elif (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
            descriptors += [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data) // 4 * 4, 4)]
        elif (level, kind) != (SOL_SOCKET, SCM_CREDENTIALS) or len(data) != Ucred.sizeof():
            raise SysError(Errno.EINVAL)
        elif data != credentials(process):
            raise SysError(Errno.EPERM)
    if len(descriptors) > SCM_MAX_FD:
        raise SysError(Errno.EINVAL)
    attached = Attached(control, files := [])
    try:
        for descriptor in descriptors:
            files.append(PassedFile(process.files, descriptor))
    except SysError:
        attached.drop()
        raise
    return attached


def _messages(memory: Memory, message: Msghdr) -> Iterator[tuple[int, int, bytes]]:
    """Level, type and content of each. Errors: EFAULT, EINVAL."""
    view, header = memory.view(message.control, message.controllen), Cmsghdr.sizeof()
    while len(view) >= header:
        found = Cmsghdr.unpack(view[:header])
        if not header <= found.len <= len(view):
            raise SysError(Errno.EINVAL)
        yield found.level, found.type, bytes(view[header : found.len])
        view = view[_aligned(found.len) :]


def credentials(process: Process) -> bytes:
    """Whose both ends of a pair are, as a `struct ucred`."""
    return Ucred(pid=process.pid, uid=process.uid, gid=process.gid).pack()


def write_control(
    process: Process, room: memoryview, sock: Socket, received: Received, cloexec: bool
) -> tuple[int, bool]:
    """Tell what came with a message, as far as there is room; returns its size, and whether some was lost.

    Files that came are opened, or dropped where there is no room, or no descriptor left.
    """
    size, complete = 0, True

    def put(level: int, kind: int, data: bytes) -> None:
        nonlocal size, complete
        message = Cmsghdr(len=Cmsghdr.sizeof() + len(data), level=level, type=kind).pack() + data
        if size + len(message) > len(room):
            complete = False
            return
        room[size : size + len(message)] = message
        size = min(_aligned(size + len(message)), len(room))

    if sock.passes_credentials:
        put(SOL_SOCKET, SCM_CREDENTIALS, credentials(process))
    fitting = max(0, len(room) - size - Cmsghdr.sizeof()) // 4
    descriptors: list[int] = []
    for file in received.files:
        try:
            if len(descriptors) < fitting:
                descriptors.append(process.files.open(file.file, cloexec=cloexec))
        except SysError:
            fitting = 0
        finally:
            file.drop()
    complete = complete and len(descriptors) == len(received.files)
    if descriptors:
        put(SOL_SOCKET, SCM_RIGHTS, b"".join(fd.to_bytes(4, "little") for fd in descriptors))
    for kind, data in received.control:
        put(*KINDS[kind], data)
    return size, not complete


def _aligned(size: int) -> int:
    return -(-size // 4) * 4
