"""Sockets: what they have in common, and those of the host, which a guest was handed, or made for granted places."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from compat._typing import Self
from compat.kernel.addresses import Address, Control, Family, Received, SocketOption
from compat.kernel.clock import Clock
from compat.kernel.errno import Errno, SysError
from compat.kernel.files import NO_FLAGS, OpenFile, OpenFlags, PassedFile
from compat.kernel.host import sockets
from compat.kernel.network import Network
from compat.kernel.poll import Interest, poll
from compat.kernel.vfs.stream import HostStream

_CALLERS = 1024
"""Of how many that sent a datagram it is kept in mind that they may be answered."""


class Socket(OpenFile):
    """An end of a connection, or of none yet. What `OpenFile` has for sockets, and this."""

    family: Family
    stream: bool
    """Whether it is a connection's; else it sends and receives datagrams."""
    receive_timeout: int | None = None
    send_timeout: int | None = None
    """Nanoseconds after which a call that waits gives up with EAGAIN."""
    passes_credentials: bool = False
    """Whether the receiver of a message is told whose the sender is (SO_PASSCRED)."""
    linger: int | None = None
    """Seconds. At 0, closing resets the connection. Otherwise the host sends what is left, and nobody waits for it."""

    @abstractmethod
    def accept(self, flags: OpenFlags = NO_FLAGS) -> Socket:
        """The next connection, opened with these status flags. Errors: EAGAIN, ECONNABORTED, EINVAL, ENOTSUP."""

    @abstractmethod
    def receive(
        self,
        buffers: Sequence[memoryview],
        *,
        peek: bool = False,
        wait_all: bool = False,
        wait: bool = True,
        urgent: bool = False,
        control: bool = False,
    ) -> Received:
        """Receive, as `OpenFile` has it; `urgent` is for what comes out of band, of which none is waited for.

        With `control`, what comes besides the bytes is told, and is the caller's to drop. Errors: EAGAIN, ECONNRESET,
        EINVAL (nothing is out of band), ENOTCONN, ENOTSUP.
        """

    @abstractmethod
    def send(
        self,
        buffers: Sequence[memoryview],
        *,
        to: Address | None = None,
        wait: bool = True,
        urgent: bool = False,
        control: Sequence[tuple[Control, bytes]] = (),
        files: Sequence[PassedFile] = (),
    ) -> int:
        """Send to the peer, or a datagram to an address; return the number of bytes. A stream ignores the address.

        Without `wait`, it is as with NONBLOCK. What is `urgent` goes out of band. `files` arrive with the first byte,
        and are the receiver's when it has returned. Errors: EACCES (not granted), EAFNOSUPPORT, EAGAIN, ECONNREFUSED,
        EDESTADDRREQ, EINVAL (files, to another host), EMSGSIZE, ENETUNREACH, ENOTCONN, ENOTSUP, EPIPE.
        """

    @abstractmethod
    def bind(self, address: Address) -> None:
        """Take an address. Errors: EACCES (not granted), EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL."""

    @abstractmethod
    def connect(self, address: Address) -> None:
        """Connect; a socket for datagrams then has one peer.

        Errors: EACCES (not granted), EAFNOSUPPORT, EALREADY, ECONNREFUSED, EINPROGRESS (NONBLOCK), EISCONN,
        ENETUNREACH, ETIMEDOUT.
        """

    @abstractmethod
    def listen(self, backlog: int) -> None:
        """Let connections come; `backlog` may wait. Errors: EACCES (not granted), EADDRINUSE, EINVAL, ENOTSUP."""

    @abstractmethod
    def local_address(self) -> Address | None:
        """Its own address; None if that is no place on a network."""

    @abstractmethod
    def peer_address(self) -> Address | None:
        """The other end's address; None if that is no place on a network. Errors: ENOTCONN."""

    @abstractmethod
    def get_option(self, option: SocketOption) -> int:
        """The value of an option. Errors: ENOPROTOOPT."""

    @abstractmethod
    def set_option(self, option: SocketOption, value: int) -> None:
        """Set an option. Errors: EINVAL, ENOPROTOOPT."""

    @abstractmethod
    def set_membership(self, group: Address, interface: bytes, joined: bool) -> None:
        """Join a multicast group at an interface, or leave it.

        Errors: EACCES (not granted), EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENODEV, ENOPROTOOPT.
        """

    @abstractmethod
    def set_multicast_interface(self, interface: bytes) -> None:
        """Send to IPv4 groups by the interface that has this address. Errors: EADDRNOTAVAIL, ENOPROTOOPT."""

    @abstractmethod
    def set_linger(self, seconds: int | None) -> None:
        """Set `linger`."""

    @abstractmethod
    def take_error(self) -> Errno | None:
        """What has gone wrong meanwhile, which is then forgotten."""


class HostSocket(HostStream, Socket):
    """A socket of the host."""

    in_real_time = True

    def __init__(self, descriptor: int, *, readable: bool = False, writable: bool = False, owned: bool = False) -> None:
        super().__init__(descriptor, readable=readable, writable=writable, owned=owned)
        self.family, self.stream = sockets.kind_of(descriptor)
        self._network = Network()
        self._may_answer = False
        self._callers: dict[Address, None] = {}
        """Who sent a datagram to a place where the guest may serve, the latest last."""

    @classmethod
    def owning(cls, descriptor: int) -> Self:
        """A socket that does not block, nobody else uses, and is closed with this one (`host.sockets.take`)."""
        socket = cls(descriptor, readable=True, writable=True, owned=True)
        socket._may_block = False
        return socket

    @classmethod
    def create(cls, family: Family, stream: bool, network: Network, clock: Clock) -> Self:
        """A new socket, for the places that `network` grants. Errors: EACCES (there are none), EAFNOSUPPORT, EMFILE."""
        if not network:
            raise SysError(Errno.EACCES)
        socket = cls.owning(sockets.create(family, stream))
        socket._network = network
        socket.clock = clock
        return socket

    def accept(self, flags: OpenFlags = NO_FLAGS) -> Socket:
        """The next connection, from wherever it comes."""
        descriptor = self._patiently(partial(sockets.accept, self._fd), reading=True)
        connection = HostSocket.owning(descriptor)
        connection.set_flags(flags)
        connection.clock = self.clock
        return connection

    def receive(
        self,
        buffers: Sequence[memoryview],
        *,
        peek: bool = False,
        wait_all: bool = False,
        wait: bool = True,
        urgent: bool = False,
        control: bool = False,
    ) -> Received:
        """Receive into `buffers`: 0 bytes at the end of a stream."""
        if urgent:
            return sockets.receive(self._fd, buffers, peek, urgent)
        if self.stream and wait_all and not peek:
            return Received(self._completely(buffers, _received, reading=True, wait=wait))
        if self.stream and not any(map(len, buffers)):
            # The host would wait for data all the same.
            return Received(0)
        told = control and not self.stream and self.family is not Family.LOCAL
        attempt = partial(sockets.receive, self._fd, buffers, peek, control=told)
        received = self._patiently(attempt, reading=True, wait=wait)
        if received.sender and self._may_answer:
            self._remember(received.sender)
        return received

    def send(
        self,
        buffers: Sequence[memoryview],
        *,
        to: Address | None = None,
        wait: bool = True,
        urgent: bool = False,
        control: Sequence[tuple[Control, bytes]] = (),
        files: Sequence[PassedFile] = (),
    ) -> int:
        """Send all of `buffers`, as far as the socket does not block."""
        if files:
            raise SysError(Errno.EINVAL)
        if self.stream:
            if control:
                raise SysError(Errno.ENOTSUP)
            return self._completely(buffers, partial(sockets.send, urgent=urgent), reading=False, wait=wait)
        if to and to not in self._callers:
            self._check(to)
        attempt = partial(sockets.send, self._fd, buffers, to, urgent, control)
        return self._patiently(attempt, reading=False, wait=wait)

    def at_mark(self) -> bool:
        """Whether what was sent out of band comes next."""
        return sockets.at_mark(self._fd)

    def shutdown(self, *, receiving: bool, sending: bool) -> None:
        """End one direction of a connection or both. Errors: EINVAL (neither), ENOTCONN."""
        sockets.shutdown(self._fd, receiving, sending)

    def bind(self, address: Address) -> None:
        """Take an address, if it is granted. No address and any port is what a socket gets without asking, too."""
        granted = self._allows(address)
        if not granted and (address.port or not address.unspecified):
            raise SysError(Errno.EACCES)
        sockets.bind(self._fd, address)
        self._may_answer = granted

    def connect(self, address: Address) -> None:
        """Connect, if the place is granted. When the time-out for sending is over, it goes on as with NONBLOCK."""
        self._check(address)
        try:
            sockets.connect(self._fd, address)
        except SysError as error:
            if error.errno not in (Errno.EINPROGRESS, Errno.EALREADY) or OpenFlags.NONBLOCK in self.flags:
                raise
            self._await_connection()

    def listen(self, backlog: int) -> None:
        """Let connections come, if the place is granted; where no port is chosen yet, every one must be."""
        local = sockets.local_address(self._fd)
        if local is None or not self._network.allows(local):
            raise SysError(Errno.EACCES)
        sockets.set_listening(self._fd, backlog)

    def local_address(self) -> Address | None:
        """Where the socket is."""
        return sockets.local_address(self._fd)

    def peer_address(self) -> Address | None:
        """Where its peer is. Errors: EINVAL, ENOTCONN."""
        return sockets.peer_address(self._fd)

    def get_option(self, option: SocketOption) -> int:
        """The value of an option, as the host has it."""
        return sockets.get_option(self._fd, option)

    def set_option(self, option: SocketOption, value: int) -> None:
        """Set an option of the host's socket."""
        sockets.set_option(self._fd, option, value)

    def set_membership(self, group: Address, interface: bytes, joined: bool) -> None:
        """Join a multicast group, if it is granted at the socket's own port, or leave it."""
        local = sockets.local_address(self._fd)
        self._check(group._replace(port=local.port if local else 0))
        sockets.set_membership(self._fd, group, interface, joined)

    def set_multicast_interface(self, interface: bytes) -> None:
        """Send to IPv4 groups by the interface that has this address."""
        sockets.set_multicast_interface(self._fd, interface)

    def set_linger(self, seconds: int | None) -> None:
        """Set `linger`. The host is told of 0 only: with any other number, closing would wait past any time limit."""
        sockets.set_abortive(self._fd, seconds == 0)
        self.linger = seconds

    def take_error(self) -> Errno | None:
        """What has gone wrong meanwhile, as the host has it."""
        return sockets.take_error(self._fd)

    def _writev(self, buffers: Sequence[memoryview]) -> int:
        return self.send(buffers)

    def _wait(self, reading: bool) -> None:
        if not self._ready(reading):
            raise SysError(Errno.EAGAIN)

    def _ready(self, reading: bool) -> bool:
        """Wait until the socket is ready; False if its own time-out comes first.

        Errors: EINTR. Raises TimeLimit at the deadline.
        """
        timeout = self.receive_timeout if reading else self.send_timeout
        if self.clock is None or timeout is None:
            super()._wait(reading)
            return True
        return any(poll([Interest(self, reading, not reading)], timeout, self.clock))

    def _await_connection(self) -> None:
        if not self._ready(reading=False):
            raise SysError(Errno.EINPROGRESS)
        failure = sockets.take_error(self._fd)
        if failure:
            raise SysError(failure)

    def _check(self, address: Address) -> None:
        if not self._allows(address):
            raise SysError(Errno.EACCES)

    def _allows(self, address: Address) -> bool:
        if address.family is not self.family:
            raise SysError(Errno.EAFNOSUPPORT)
        return self._network.allows(address)

    def _remember(self, caller: Address) -> None:
        self._callers.pop(caller, None)
        self._callers[caller] = None
        if len(self._callers) > _CALLERS:
            del self._callers[next(iter(self._callers))]


def _received(descriptor: int, buffers: Sequence[memoryview]) -> int:
    return sockets.receive(descriptor, buffers).size
