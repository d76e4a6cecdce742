"""Waiting for files: poll, select, pselect. The JavaScript never waited; these do, on the process clock."""

from __future__ import annotations

from compat.abi.kinds import I32, U32, In, Pointer
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import negative_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.kinds import SECOND
from compat.emscripten_abi.libc.signals import Signals
from compat.emscripten_abi.structs import Pollfd, Timespec, Timeval
from compat.kernel.errno import Errno, SysError
from compat.kernel.poll import Interest
from compat.kernel.poll import poll as kernel_poll
from compat.kernel.process import Process

syscalls = Table("env", "syscalls", failure=negative_errno)

POLLIN = 0x001
POLLPRI = 0x002
POLLOUT = 0x004
POLLERR = 0x008
POLLHUP = 0x010
POLLNVAL = 0x020
POLLRDNORM = 0x040
POLLWRNORM = 0x100
READING = POLLIN | POLLRDNORM
WRITING = POLLOUT | POLLWRNORM

FD_SETSIZE = 1024


@syscalls.varargs("___syscall168")
def poll(process: Process, memory: Memory, array: Pointer, count: U32, timeout: I32) -> I32:
    """Wait until one of the files is ready, at most `timeout` milliseconds, for ever if it is negative.

    Errors: EDEADLK (it would wait for ever for nothing), EFAULT, EINTR, EINVAL (more entries than there can be
    descriptors).
    """
    if count > process.files.limit:
        raise SysError(Errno.EINVAL)
    size = Pollfd.sizeof()
    entries = [Pollfd.unpack(memory.view(array + i * size, size)) for i in range(count)]
    # A negative descriptor is passed over; one that is not open is told at once.
    watched = [entry for entry in entries if entry.fd in process.files]
    invalid = any(entry.fd >= 0 and entry.fd not in process.files for entry in entries)
    limit = 0 if invalid else None if timeout < 0 else timeout * 1_000_000
    interests = [
        Interest(process.files[fd], bool(events & READING), bool(events & WRITING), bool(events & POLLPRI))
        for fd, events in ((entry.fd, entry.events) for entry in watched)
    ]
    for entry in entries:
        entry.revents = POLLNVAL if entry.fd >= 0 else 0
    for entry, ready in zip(watched, kernel_poll(interests, limit, process.clock), strict=True):
        entry.revents = entry.events & (READING * ready.readable | WRITING * ready.writable)
        entry.revents |= POLLPRI * ready.urgent | POLLHUP * ready.hangup | POLLERR * ready.failed
    for i, entry in enumerate(entries):
        memory.write(array + i * size, entry.pack())
    return sum(entry.revents != 0 for entry in entries)


def _select(
    process: Process, memory: Memory, count: int, reads: int, writes: int, exceptions: int, timeout: int | None
) -> int:
    """The body of the two selects; `timeout` is in nanoseconds.

    Errors: EBADF, EDEADLK, EFAULT, EINTR, EINVAL.
    """
    if not 0 <= count <= FD_SETSIZE:
        raise SysError(Errno.EINVAL)
    # Sets are arrays of 32-bit words, of which only those below `count` are looked at.
    size = (count + 31) // 32 * 4
    wanted = [_descriptors(memory, address, size, count) for address in (reads, writes, exceptions)]
    fds = sorted(set().union(*wanted))
    interests = [Interest(process.files[fd], *(fd in chosen for chosen in wanted)) for fd in fds]
    ready = dict(zip(fds, kernel_poll(interests, timeout, process.clock), strict=True))
    readable = {fd for fd in wanted[0] if ready[fd].readable or ready[fd].hangup}
    writable = {fd for fd in wanted[1] if ready[fd].writable}
    urgent = {fd for fd in wanted[2] if ready[fd].urgent}
    for address, found in ((reads, readable), (writes, writable), (exceptions, urgent)):
        if address:
            memory.write(address, sum(1 << fd for fd in found).to_bytes(size, "little"))
    return len(readable) + len(writable) + len(urgent)


def _descriptors(memory: Memory, address: int, size: int, count: int) -> set[int]:
    if not address:
        return set()
    bits = int.from_bytes(memory.view(address, size), "little")
    return {fd for fd in range(count) if bits >> fd & 1}


@syscalls.varargs("___syscall142")
def newselect(
    process: Process,
    memory: Memory,
    count: I32,
    reads: Pointer,
    writes: Pointer,
    exceptions: Pointer,
    timeout: In[Timeval] | None,
) -> I32:
    """Wait until one of the files below `count` is ready. The time left is not reported.

    Errors: EBADF, EDEADLK (it would wait for ever for nothing), EFAULT, EINTR, EINVAL.
    """
    limit = None
    if timeout:
        limit = timeout.sec * SECOND + timeout.usec * 1000
        if timeout.sec < 0 or timeout.usec < 0:
            raise SysError(Errno.EINVAL)
    return _select(process, memory, count, reads, writes, exceptions, limit)


@syscalls.varargs("___syscall308")
def pselect(
    guest: EmscriptenGuest,
    process: Process,
    memory: Memory,
    count: I32,
    reads: Pointer,
    writes: Pointer,
    exceptions: Pointer,
    timeout: In[Timespec] | None,
    mask: Pointer,
) -> I32:
    """`select` with nanoseconds, while just the signals in a mask are held back. Errors: as `newselect`."""
    limit = None
    if timeout:
        limit = timeout.sec * SECOND + timeout.nsec
        if timeout.sec < 0 or not 0 <= timeout.nsec < SECOND:
            raise SysError(Errno.EINVAL)

    def wait() -> int:
        return _select(process, memory, count, reads, writes, exceptions, limit)

    # The pointer is to a pointer to the mask, and the mask's size.
    signals = memory.load_u32(mask) if mask else 0
    return guest.part(Signals).wait_with(memory.load_u64(signals), wait) if signals else wait()
