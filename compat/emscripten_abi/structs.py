"""C structs of Emscripten's musl. Those that grew when `off_t` became 64-bit, in 1.38.31, come in two layouts.

Sources: system/lib/libc/musl/arch/emscripten/bits/*.h and system/include/libc of 1.38.30 and 1.38.43.
"""

from __future__ import annotations

from compat._typing import Annotated
from compat.abi.kinds import I16, I32, I64, U8, U16, U32, U64, Chars, Pointer, Struct

# --- time


class Timespec(Struct):
    """struct timespec."""

    sec: I32
    nsec: I32


class Timeval(Struct):
    """struct timeval."""

    sec: I32
    usec: I32


class Itimerval(Struct):
    """struct itimerval."""

    interval: Timeval
    value: Timeval


class Timezone(Struct):
    """struct timezone, the obsolete second argument of gettimeofday."""

    minuteswest: I32
    dsttime: I32


class Timeb(Struct):
    """struct timeb."""

    time: I32
    millitm: U16
    timezone: I16
    dstflag: I16


class Tm(Struct):
    """struct tm."""

    sec: I32
    min: I32
    hour: I32
    mday: I32
    mon: I32
    year: I32
    wday: I32
    yday: I32
    isdst: I32
    gmtoff: I32
    zone: Pointer


class Tms(Struct):
    """struct tms, in clock ticks."""

    utime: I32
    stime: I32
    cutime: I32
    cstime: I32


class Utimbuf(Struct):
    """struct utimbuf."""

    actime: I32
    modtime: I32


# --- files


class Stat(Struct):
    """struct stat from 1.38.31 on."""

    dev: U32
    dev_padding: I32
    ino_truncated: U32
    mode: U32
    nlink: U32
    uid: U32
    gid: U32
    rdev: U32
    rdev_padding: I32
    size: I64
    blksize: I32
    blocks: I32
    atim: Timespec
    mtim: Timespec
    ctim: Timespec
    ino: U64


class SmallStat(Struct):
    """struct stat up to 1.38.30."""

    dev: U32
    dev_padding: I32
    ino_truncated: U32
    mode: U32
    nlink: U32
    uid: U32
    gid: U32
    rdev: U32
    rdev_padding: I32
    size: I32
    blksize: I32
    blocks: I32
    atim: Timespec
    mtim: Timespec
    ctim: Timespec
    ino: U32


class Dirent(Struct):
    """struct dirent from 1.38.31 on."""

    ino: U64
    off: I64
    reclen: U16
    type: U8
    name: Annotated[bytes, Chars(256)]


class SmallDirent(Struct):
    """struct dirent up to 1.38.30."""

    ino: U32
    off: I32
    reclen: U16
    type: U8
    name: Annotated[bytes, Chars(256)]


class Flock(Struct):
    """struct flock from 1.38.31 on."""

    type: I16
    whence: I16
    start: I64
    length: I64
    pid: I32


class SmallFlock(Struct):
    """struct flock up to 1.38.30."""

    type: I16
    whence: I16
    start: I32
    length: I32
    pid: I32


class Statfs(Struct):
    """struct statfs."""

    type: U32
    bsize: U32
    blocks: U32
    bfree: U32
    bavail: U32
    files: U32
    ffree: U32
    fsid: Annotated[bytes, Chars(8)]
    namelen: U32
    frsize: U32
    flags: U32
    spare: Annotated[bytes, Chars(16)]


class Winsize(Struct):
    """struct winsize."""

    row: U16
    col: U16
    xpixel: U16
    ypixel: U16


class Termios(Struct):
    """struct termios."""

    iflag: U32
    oflag: U32
    cflag: U32
    lflag: U32
    line: U8
    cc: Annotated[bytes, Chars(32)]
    ispeed: U32
    ospeed: U32


class Pollfd(Struct):
    """struct pollfd."""

    fd: I32
    events: I16
    revents: I16


# --- processes


class Utsname(Struct):
    """struct utsname."""

    sysname: Annotated[bytes, Chars(65)]
    nodename: Annotated[bytes, Chars(65)]
    release: Annotated[bytes, Chars(65)]
    version: Annotated[bytes, Chars(65)]
    machine: Annotated[bytes, Chars(65)]
    domainname: Annotated[bytes, Chars(65)]


class Rlimit(Struct):
    """struct rlimit."""

    cur: U64
    max: U64


class Rusage(Struct):
    """struct rusage; only the two times are ever filled."""

    utime: Timeval
    stime: Timeval
    counters: Annotated[bytes, Chars(14 * 4)]
    reserved: Annotated[bytes, Chars(16 * 4)]


class Passwd(Struct):
    """struct passwd."""

    name: Pointer
    passwd: Pointer
    uid: U32
    gid: U32
    gecos: Pointer
    dir: Pointer
    shell: Pointer


class Group(Struct):
    """struct group."""

    name: Pointer
    passwd: Pointer
    gid: U32
    mem: Pointer


# --- network


class SockaddrIn(Struct):
    """struct sockaddr_in; port and address are in network order."""

    family: U16
    port: Annotated[bytes, Chars(2)]
    addr: Annotated[bytes, Chars(4)]
    zero: Annotated[bytes, Chars(8)]


class SockaddrIn6(Struct):
    """struct sockaddr_in6; port and address are in network order."""

    family: U16
    port: Annotated[bytes, Chars(2)]
    flowinfo: U32
    addr: Annotated[bytes, Chars(16)]
    scope_id: U32


class Msghdr(Struct):
    """struct msghdr."""

    name: Pointer
    namelen: U32
    iov: Pointer
    iovlen: I32
    control: Pointer
    controllen: U32
    flags: I32


class Cmsghdr(Struct):
    """struct cmsghdr."""

    len: U32
    level: I32
    type: I32


class Ucred(Struct):
    """struct ucred."""

    pid: I32
    uid: U32
    gid: U32


class Mmsghdr(Struct):
    """struct mmsghdr."""

    hdr: Msghdr
    len: U32


class Linger(Struct):
    """struct linger."""

    onoff: I32
    linger: I32


class Addrinfo(Struct):
    """struct addrinfo."""

    flags: I32
    family: I32
    socktype: I32
    protocol: I32
    addrlen: U32
    addr: Pointer
    canonname: Pointer
    next: Pointer


class Hostent(Struct):
    """struct hostent."""

    name: Pointer
    aliases: Pointer
    addrtype: I32
    length: I32
    addr_list: Pointer


class Protoent(Struct):
    """struct protoent."""

    name: Pointer
    aliases: Pointer
    proto: I32


class DlInfo(Struct):
    """Dl_info."""

    fname: Pointer
    fbase: Pointer
    sname: Pointer
    saddr: Pointer


class Fdstat(Struct):
    """__wasi_fdstat_t, which late releases use."""

    filetype: U8
    flags: U16
    rights_base: U64
    rights_inheriting: U64


class Sigaction(Struct):
    """struct sigaction."""

    handler: Pointer
    mask: Annotated[bytes, Chars(128)]
    flags: U32
    restorer: Pointer
