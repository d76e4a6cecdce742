"""The socket functions, each a row of its own, as `socketcall` finds its arguments in memory as any call does.

Apart from `sockets`, which has the one row that programs import: these are for those that have sockets.
"""

from __future__ import annotations

from collections.abc import Callable

from compat._typing import TYPE_CHECKING, Any
from compat.abi.bind import bind as bind_row
from compat.abi.kinds import I32, I64, IOV_MAX, U32, Bytes, In, InOut, Kind, Out, Pointer, vectors
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno, number
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import SECOND
from compat.emscripten_abi.sockaddr import AF_UNIX, FAMILIES, NUMBERS, AddressResult, packed, read_address
from compat.emscripten_abi.structs import Linger, Mmsghdr, Msghdr, Timespec, Timeval, Ucred
from compat.emscripten_abi.syscalls.control import (
    SOL_IP,
    SOL_IPV6,
    SOL_SOCKET,
    Attached,
    credentials,
    read_control,
    write_control,
)
from compat.emscripten_abi.syscalls.files import O_CLOEXEC, O_NONBLOCK, open_both
from compat.kernel.addresses import Address, Family, Received, SocketOption
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFlags
from compat.kernel.process import Process
from compat.kernel.vfs.pair import socket_pair
from compat.kernel.vfs.socket import HostSocket, Socket

if TYPE_CHECKING:
    from compat.abi.guest import Guest

calls = Table("env", "sockets", failure=negative_errno)

SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
LARGEST_TRANSFER = 0x7FFF_FFFF

MSG_OOB = 0x1
MSG_PEEK = 0x2
MSG_CTRUNC = 0x8
MSG_TRUNC = 0x20
MSG_DONTWAIT = 0x40
MSG_EOR = 0x80
MSG_WAITALL = 0x100
MSG_NOSIGNAL = 0x4000
MSG_WAITFORONE = 0x1_0000
MSG_CMSG_CLOEXEC = 0x4000_0000
SENDING = MSG_OOB | MSG_DONTWAIT | MSG_EOR | MSG_NOSIGNAL
RECEIVING = MSG_OOB | MSG_PEEK | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC
"""Flags of sendmsg and recvmsg that are heeded, or ask for what is so anyway: there are no signals and no exec."""

SOL_TCP = 6
SO_TYPE, SO_ERROR, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SO_PROTOCOL, SO_DOMAIN = 3, 4, 13, 20, 21, 38, 39
SO_PASSCRED, SO_PEERCRED = 16, 17
IP_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 32, 35, 36
IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP = 20, 21
OPTIONS = {
    (SOL_SOCKET, 2): SocketOption.SO_REUSEADDR,
    (SOL_SOCKET, 6): SocketOption.SO_BROADCAST,
    (SOL_SOCKET, 7): SocketOption.SO_SNDBUF,
    (SOL_SOCKET, 8): SocketOption.SO_RCVBUF,
    (SOL_SOCKET, 9): SocketOption.SO_KEEPALIVE,
    (SOL_SOCKET, 10): SocketOption.SO_OOBINLINE,
    (SOL_SOCKET, 15): SocketOption.SO_REUSEPORT,
    (SOL_SOCKET, 18): SocketOption.SO_RCVLOWAT,
    (SOL_SOCKET, 30): SocketOption.SO_ACCEPTCONN,
    (SOL_TCP, 1): SocketOption.TCP_NODELAY,
    (SOL_TCP, 2): SocketOption.TCP_MAXSEG,
    (SOL_TCP, 4): SocketOption.TCP_KEEPIDLE,
    (SOL_TCP, 5): SocketOption.TCP_KEEPINTVL,
    (SOL_TCP, 6): SocketOption.TCP_KEEPCNT,
    (SOL_IP, 1): SocketOption.IP_TOS,
    (SOL_IP, 2): SocketOption.IP_TTL,
    (SOL_IP, 8): SocketOption.IP_PKTINFO,
    (SOL_IP, 12): SocketOption.IP_RECVTTL,
    (SOL_IP, 13): SocketOption.IP_RECVTOS,
    (SOL_IP, 33): SocketOption.IP_MULTICAST_TTL,
    (SOL_IP, 34): SocketOption.IP_MULTICAST_LOOP,
    (SOL_IPV6, 16): SocketOption.IPV6_UNICAST_HOPS,
    (SOL_IPV6, 17): SocketOption.IPV6_MULTICAST_IF,
    (SOL_IPV6, 18): SocketOption.IPV6_MULTICAST_HOPS,
    (SOL_IPV6, 19): SocketOption.IPV6_MULTICAST_LOOP,
    (SOL_IPV6, 26): SocketOption.IPV6_V6ONLY,
    (SOL_IPV6, 49): SocketOption.IPV6_RECVPKTINFO,
    (SOL_IPV6, 51): SocketOption.IPV6_RECVHOPLIMIT,
    (SOL_IPV6, 66): SocketOption.IPV6_RECVTCLASS,
    (SOL_IPV6, 67): SocketOption.IPV6_TCLASS,
}
"""Level and number of those that are an `int`, and the host's to keep."""


NOTHING_ATTACHED = Attached()


class Calls:
    """The calls as one guest makes them, each bound when it is first made."""

    def __init__(self, guest: EmscriptenGuest) -> None:
        self._guest = guest
        self._bound: dict[str, Callable[..., Any]] = {}

    def make(self, name: str, arguments: int) -> int:
        """Make the call whose arguments are at that address; returns what the guest gets."""
        if name not in self._bound:
            row = next(row for row in calls.rows if row.name == name)
            self._bound[name] = bind_row(row, self._guest, name)
        return int(self._bound[name](0, arguments))


# --- kinds of parameters


class _SocketKind(Kind):
    def decode(self, guest: Guest, *raw: Any) -> Socket:
        file = guest.process.files[raw[0]]
        if not isinstance(file, Socket):
            raise SysError(Errno.ENOTSOCK)
        return file


class _AddressKind(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> Address:
        return read_address(guest.memory, raw[0] & 0xFFFF_FFFF, raw[1] & 0xFFFF_FFFF)


class AddressOut:
    """Where a call puts an address and, behind a second pointer, its size: in, the room; out, the size it has."""

    def __init__(self, memory: Memory, place: int, size: int) -> None:
        self._memory = memory
        self._size = size
        self._result = AddressResult(memory, place, memory.load_u32(size))

    def set(self, data: bytes) -> None:
        self._memory.store_32(self._size, self._result.set(data))


class _AddressOutKind(Kind):
    slots = "ii"

    def decode(self, guest: Guest, *raw: Any) -> AddressOut:
        return AddressOut(guest.memory, raw[0] & 0xFFFF_FFFF, raw[1] & 0xFFFF_FFFF)


if TYPE_CHECKING:
    from typing import TypeAlias

    Sock: TypeAlias = Socket
    SockAddress: TypeAlias = Address
    SockAddressOut: TypeAlias = AddressOut
else:
    Sock = _SocketKind()
    """A descriptor, as the socket. Errors: EBADF, ENOTSOCK."""
    SockAddress = _AddressKind()
    """A pointer to a `struct sockaddr`, and its size. Errors: EAFNOSUPPORT, EFAULT, EINVAL."""
    SockAddressOut = _AddressOutKind()
    """A pointer to a `struct sockaddr`, and one to its size."""


# --- making and connecting


@calls.varargs("socket")
def socket(process: Process, domain: I32, kind: U32, protocol: I32) -> I32:
    """A socket for TCP or UDP over IPv4 or IPv6.

    Errors: EACCES (nothing is granted), EAFNOSUPPORT, EINVAL, EMFILE, EPROTONOSUPPORT, EPROTOTYPE.
    """
    family = FAMILIES.get(domain)
    if family not in (Family.INET, Family.INET6):
        raise SysError(Errno.EAFNOSUPPORT)
    stream, flags = _type(kind)
    if protocol not in (0, IPPROTO_TCP if stream else IPPROTO_UDP):
        raise SysError(Errno.EPROTONOSUPPORT)
    made = HostSocket.create(family, stream, process.network, process.clock)
    made.set_flags(flags)
    return process.files.open(made, cloexec=bool(kind & O_CLOEXEC))


def _type(kind: int) -> tuple[bool, OpenFlags]:
    """Whether a type of socket is a stream, and its status flags. Errors: EINVAL (other flags), EPROTOTYPE."""
    if kind & 0xF not in (SOCK_STREAM, SOCK_DGRAM):
        raise SysError(Errno.EPROTOTYPE)
    return kind & 0xF == SOCK_STREAM, _status_flags(kind & ~0xF)


def _status_flags(bits: int) -> OpenFlags:
    if bits & ~(O_NONBLOCK | O_CLOEXEC):
        raise SysError(Errno.EINVAL)
    return OpenFlags.NONBLOCK if bits & O_NONBLOCK else NO_FLAGS


@calls.varargs("socketpair")
def socketpair(process: Process, domain: I32, kind: U32, protocol: I32, ends: Out[I64]) -> None:
    """Two sockets connected to each other, in memory: no grant is needed, and none of their calls waits.

    Errors: EAFNOSUPPORT, EFAULT, EINVAL, EMFILE, ENOTSUP (any but AF_UNIX), EPROTONOSUPPORT, EPROTOTYPE.
    """
    if domain not in FAMILIES:
        raise SysError(Errno.EAFNOSUPPORT)
    stream, flags = _type(kind)
    if domain != AF_UNIX:
        raise SysError(Errno.ENOTSUP)
    if protocol:
        raise SysError(Errno.EPROTONOSUPPORT)
    open_both(process, ends, *socket_pair(process.clock, stream, flags), cloexec=bool(kind & O_CLOEXEC))


@calls.varargs("bind")
def bind(sock: Sock, address: SockAddress) -> None:
    """Take an address. Errors: EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EBADF, EFAULT, EINVAL, ENOTSOCK."""
    sock.bind(address)


@calls.varargs("connect")
def connect(sock: Sock, address: SockAddress) -> None:
    """Connect, and wait until that is done; with O_NONBLOCK, EINPROGRESS says that it goes on.

    Errors: EACCES, EAFNOSUPPORT (AF_UNSPEC, too: a peer is for good), EALREADY, EBADF, ECONNREFUSED, EFAULT,
    EINPROGRESS, EINVAL, EISCONN, ENETUNREACH, ENOTSOCK, ETIMEDOUT.
    """
    sock.connect(address)


@calls.varargs("listen")
def listen(sock: Sock, backlog: I32) -> None:
    """Let connections come. Errors: EACCES, EADDRINUSE, EBADF, EINVAL, ENOTSOCK, ENOTSUP."""
    sock.listen(max(backlog, 0))


@calls.varargs("accept")
def accept(process: Process, sock: Sock, peer: SockAddressOut | None) -> I32:
    """The next connection. Errors: EAGAIN, EBADF, ECONNABORTED, EFAULT, EINVAL, EMFILE, ENOTSOCK, ENOTSUP."""
    return _accept(process, sock, peer, 0)


@calls.varargs("accept4")
def accept4(process: Process, sock: Sock, peer: SockAddressOut | None, flags: U32) -> I32:
    """`accept` with SOCK_NONBLOCK and SOCK_CLOEXEC. Errors: as `accept`."""
    return _accept(process, sock, peer, flags)


def _accept(process: Process, sock: Socket, peer: AddressOut | None, flags: int) -> int:
    connection = sock.accept(_status_flags(flags))
    if peer:
        try:
            peer.set(packed(connection.peer_address()))
        except SysError:
            # Whoever came has gone again.
            connection.close()
            raise SysError(Errno.ECONNABORTED) from None
    return process.files.open(connection, cloexec=bool(flags & O_CLOEXEC))


@calls.varargs("shutdown")
def shutdown(sock: Sock, how: U32) -> None:
    """End one direction (0: receiving, 1: sending) or both (2). Errors: EBADF, EINVAL, ENOTCONN, ENOTSOCK."""
    sock.shutdown(receiving=how in (0, 2), sending=how in (1, 2))


@calls.varargs("getsockname")
def getsockname(sock: Sock, address: SockAddressOut) -> None:
    """The socket's own address. Errors: EBADF, EFAULT, EINVAL, ENOTSOCK."""
    address.set(packed(sock.local_address()))


@calls.varargs("getpeername")
def getpeername(sock: Sock, address: SockAddressOut) -> None:
    """The address of the other end. Errors: EBADF, EFAULT, EINVAL, ENOTCONN, ENOTSOCK."""
    address.set(packed(sock.peer_address()))


# --- sending and receiving


def _check(flags: int, known: int) -> None:
    if flags & ~known:
        raise SysError(Errno.ENOTSUP)


def _send(
    sock: Socket, data: list[memoryview], flags: int, to: Address | None, attached: Attached = NOTHING_ATTACHED
) -> int:
    try:
        _check(flags, SENDING)
        return sock.send(
            data,
            to=to,
            wait=not flags & MSG_DONTWAIT,
            urgent=bool(flags & MSG_OOB),
            control=attached.control,
            files=attached.files,
        )
    except BaseException:
        attached.drop()
        raise


def _receive(sock: Socket, buffers: list[memoryview], flags: int, control: bool = False) -> Received:
    _check(flags, RECEIVING)
    return sock.receive(
        buffers,
        peek=bool(flags & MSG_PEEK),
        wait_all=bool(flags & MSG_WAITALL),
        wait=not flags & MSG_DONTWAIT,
        urgent=bool(flags & MSG_OOB),
        control=control,
    )


@calls.varargs("send")
def send(sock: Sock, data: Bytes, flags: U32) -> I32:
    """Send to the peer. Errors: EAGAIN, EBADF, EDESTADDRREQ, EFAULT, EMSGSIZE, ENOTCONN, ENOTSOCK, ENOTSUP, EPIPE."""
    return _send(sock, [data], flags, None)


@calls.varargs("sendto")
def sendto(sock: Sock, data: Bytes, flags: U32, to: SockAddress | None) -> I32:
    """Send a datagram to an address. Errors: EACCES, EAFNOSUPPORT, EISCONN, and those of `send`."""
    return _send(sock, [data], flags, to)


@calls.varargs("sendmsg")
def sendmsg(process: Process, memory: Memory, sock: Sock, message: In[Msghdr], flags: U32) -> I32:
    """Send from several buffers, with what control messages attach.

    Errors: EINVAL, EMFILE, ENOTSUP (a control message of another kind), EPERM, and those of `sendto`.
    """
    return _send_message(process, memory, sock, message, flags)


@calls.varargs("sendmmsg")
def sendmmsg(process: Process, memory: Memory, sock: Sock, messages: Pointer, count: U32, flags: U32) -> I32:
    """Send several messages; returns how many. Errors: those of `sendmsg`, if they prevent the first."""

    def send_one(header: Mmsghdr, before: int) -> None:
        header.len = _send_message(process, memory, sock, header.hdr, flags)

    return _each(memory, messages, count, send_one)


def _send_message(process: Process, memory: Memory, sock: Socket, message: Msghdr, flags: int) -> int:
    to = read_address(memory, message.name, message.namelen) if message.name and message.namelen else None
    buffers = _buffers(memory, message)
    attached = read_control(process, memory, sock, message) if message.controllen else NOTHING_ATTACHED
    return _send(sock, buffers, flags, to, attached)


@calls.varargs("recv")
def recv(sock: Sock, buffer: Bytes, flags: U32) -> I32:
    """Receive: 0 at the end. Errors: EAGAIN, EBADF, ECONNREFUSED, ECONNRESET, EFAULT, ENOTCONN, ENOTSOCK, ENOTSUP."""
    return _receive(sock, [buffer], flags).size


@calls.varargs("recvfrom")
def recvfrom(sock: Sock, buffer: Bytes, flags: U32, sender: SockAddressOut | None) -> I32:
    """Receive, and tell who sent it; of a stream, nobody, with an address of size 0. Errors: as `recv`, and EINVAL."""
    received = _receive(sock, [buffer], flags)
    if sender:
        sender.set(packed(received.sender) if received.sender else b"")
    return received.size


@calls.varargs("recvmsg")
def recvmsg(process: Process, memory: Memory, sock: Sock, message: InOut[Msghdr], flags: U32) -> I32:
    """Receive into several buffers, with control messages; MSG_TRUNC tells of a cut datagram, MSG_CTRUNC of cut ones.

    Errors: as `recvfrom`, and EMSGSIZE.
    """
    header = message.get()
    size = _receive_message(process, memory, sock, header, flags)
    message.set(header)
    return size


@calls.varargs("recvmmsg")
def recvmmsg(
    process: Process,
    memory: Memory,
    sock: Sock,
    messages: Pointer,
    count: U32,
    flags: U32,
    timeout: In[Timespec] | None,
) -> I32:
    """Receive several messages; returns how many. The time-out is looked at when a message has come, as on Linux.

    Errors: EINVAL (the time-out), and those of `recvmsg`, if they prevent the first.
    """
    end = None
    if timeout:
        if timeout.sec < 0 or not 0 <= timeout.nsec < SECOND:
            raise SysError(Errno.EINVAL)
        end = process.clock.monotonic() + timeout.sec * SECOND + timeout.nsec

    def receive_one(header: Mmsghdr, before: int) -> None:
        if before and end is not None and process.clock.monotonic() >= end:
            raise SysError(Errno.EAGAIN)
        impatient = MSG_DONTWAIT if before and flags & MSG_WAITFORONE else 0
        header.len = _receive_message(process, memory, sock, header.hdr, flags & ~MSG_WAITFORONE | impatient)

    return _each(memory, messages, count, receive_one)


def _receive_message(process: Process, memory: Memory, sock: Socket, message: Msghdr, flags: int) -> int:
    sender = AddressResult(memory, message.name, message.namelen) if message.name else None
    room = memory.view(message.control, message.controllen if message.control else 0)
    received = _receive(sock, _buffers(memory, message), flags, control=True)
    message.controllen, lost = write_control(process, room, sock, received, bool(flags & MSG_CMSG_CLOEXEC))
    if sender:
        message.namelen = sender.set(packed(received.sender) if received.sender else b"")
    message.flags = flags & MSG_OOB | MSG_TRUNC * received.truncated | MSG_CTRUNC * lost
    return received.size


def _each(memory: Memory, messages: int, count: int, transfer: Callable[[Mmsghdr, int], None]) -> int:
    """Transfer `count` messages at most; returns how many. An error after the first one only ends it."""
    size = Mmsghdr.sizeof()
    for done in range(min(count, IOV_MAX)):
        try:
            place = memory.view(messages + done * size, size)
            header = Mmsghdr.unpack(place)
            transfer(header, done)
        except SysError:
            if done:
                return done
            raise
        place[:] = header.pack()
    return min(count, IOV_MAX)


def _buffers(memory: Memory, message: Msghdr) -> list[memoryview]:
    """The buffers of a message. Errors: EFAULT, EINVAL (together too long), EMSGSIZE (too many)."""
    if not 0 <= message.iovlen <= IOV_MAX:
        raise SysError(Errno.EMSGSIZE)
    buffers = vectors(memory, message.iov, message.iovlen)
    if sum(map(len, buffers)) > LARGEST_TRANSFER:
        raise SysError(Errno.EINVAL)
    return buffers


# --- options


@calls.varargs("setsockopt")
def setsockopt(sock: Sock, level: I32, name: I32, value: Bytes) -> None:
    """Set an option. Closing with SO_LINGER does not wait: what is left, the host sends.

    Errors: EACCES (a group that is not granted), EADDRINUSE, EADDRNOTAVAIL, EBADF, EDOM (a time), EFAULT, EINVAL,
    ENODEV, ENOPROTOOPT, ENOTSOCK, ENOTSUP (an IPv4 interface by its number).
    """
    if level == SOL_SOCKET and name == SO_LINGER:
        linger = Linger.unpack(_start(value, Linger.sizeof()))
        sock.set_linger(linger.linger if linger.onoff else None)
    elif level == SOL_SOCKET and name == SO_RCVTIMEO:
        sock.receive_timeout = _nanoseconds(value)
    elif level == SOL_SOCKET and name == SO_SNDTIMEO:
        sock.send_timeout = _nanoseconds(value)
    elif level == SOL_SOCKET and name == SO_PASSCRED and sock.family is Family.LOCAL:
        sock.passes_credentials = any(_start(value, 4))
    elif level == SOL_IP and name in (IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP):
        group, interface = _start(value, 4), _interface(value[4:])
        sock.set_membership(Address(bytes(group), 0), interface, name == IP_ADD_MEMBERSHIP)
    elif level == SOL_IP and name == IP_MULTICAST_IF:
        sock.set_multicast_interface(_interface(value[4:] if len(value) >= 8 else value))
    elif level == SOL_IPV6 and name in (IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP):
        group, scope = _start(value, 20)[:16], int.from_bytes(value[16:20], "little")
        sock.set_membership(Address(bytes(group), 0, scope), b"", name == IPV6_JOIN_GROUP)
    else:
        # Those of IPv4 may be a single byte.
        number = value[:1] if level == SOL_IP and 0 < len(value) < 4 else _start(value, 4)
        sock.set_option(_option(level, name), int.from_bytes(number, "little", signed=len(number) == 4))


def _interface(value: memoryview) -> bytes:
    """The IPv4 address of an interface, which a number may follow. Errors: EINVAL, ENOTSUP (the number is not 0)."""
    address = bytes(_start(value, 4))
    if any(value[4:8]):
        raise SysError(Errno.ENOTSUP)
    return address


@calls.varargs("getsockopt")
def getsockopt(guest: EmscriptenGuest, sock: Sock, level: I32, name: I32, value: Pointer, size: InOut[I32]) -> None:
    """The value of an option, cut to the room there is. Errors: EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK."""
    room = size.get()
    if room < 0:
        raise SysError(Errno.EINVAL)
    place = guest.memory.view(value, min(room, Ucred.sizeof()))
    data = _own_option(guest, sock, name) if level == SOL_SOCKET else None
    if data is None:
        data = _int(sock.get_option(_option(level, name)))
    data = data[: len(place)]
    place[: len(data)] = data
    size.set(len(data))


def _own_option(guest: EmscriptenGuest, sock: Socket, name: int) -> bytes | None:
    """The value of an option of SOL_SOCKET that is not the host's to know; None for any other."""
    if sock.family is Family.LOCAL and name == SO_PEERCRED:
        return credentials(guest.process)
    if sock.family is Family.LOCAL and name == SO_PASSCRED:
        return _int(sock.passes_credentials)
    if name == SO_TYPE:
        return _int(SOCK_STREAM if sock.stream else SOCK_DGRAM)
    if name == SO_DOMAIN:
        return _int(NUMBERS[sock.family])
    if name == SO_PROTOCOL:
        return _int(0 if sock.family is Family.LOCAL else IPPROTO_TCP if sock.stream else IPPROTO_UDP)
    if name == SO_ERROR:
        error = sock.take_error()
        return _int(number(guest, error) if error else 0)
    if name == SO_LINGER:
        return Linger(onoff=sock.linger is not None, linger=sock.linger or 0).pack()
    if name == SO_RCVTIMEO:
        return _timeval(sock.receive_timeout)
    if name == SO_SNDTIMEO:
        return _timeval(sock.send_timeout)
    return None


def _option(level: int, name: int) -> SocketOption:
    try:
        return OPTIONS[level, name]
    except KeyError:
        raise SysError(Errno.ENOPROTOOPT) from None


def _start(value: memoryview, size: int) -> memoryview:
    """The first `size` bytes of an option's value. Errors: EINVAL (it has fewer)."""
    if len(value) < size:
        raise SysError(Errno.EINVAL)
    return value[:size]


def _int(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def _nanoseconds(value: memoryview) -> int | None:
    """The time-out in a `struct timeval`, of which zero is none. Errors: EDOM, EINVAL."""
    time = Timeval.unpack(_start(value, Timeval.sizeof()))
    if time.sec < 0 or not 0 <= time.usec < 1_000_000:
        raise SysError(Errno.EDOM)
    return (time.sec * SECOND + time.usec * 1000) or None


def _timeval(nanoseconds: int | None) -> bytes:
    seconds, rest = divmod(nanoseconds or 0, SECOND)
    return Timeval(sec=seconds, usec=rest // 1000).pack()
