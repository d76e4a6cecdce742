"""What a program can ask of the system it runs on: sysconf, pathconf, confstr, pages, processors, load.

The answers are those of src/library.js; the numbers of the questions are in musl's unistd.h.
"""

from __future__ import annotations

from compat.abi.kinds import I32, U32, Pointer, Text
from compat.abi.memory import Memory
from compat.abi.row import Table
from compat.emscripten_abi.errno import set_errno
from compat.emscripten_abi.guest import EmscriptenGuest
from compat.emscripten_abi.libc.environment import Environment
from compat.emscripten_abi.libc.texts import encode
from compat.kernel.errno import Errno, SysError

env = Table("env", "limits", failure=set_errno(-1))

PAGE_SIZE = 16384
"""Bytes in a page, as Emscripten counts them."""

POSIX_2008 = 200809
SUPPORTED = (
    *range(9, 23),  # real-time signals to shared memory objects
    *(
        29,
        46,
        47,
        48,
        51,
        52,
    ),  # _SC_VERSION, and of POSIX.2: version, C bindings, C and software development, localedef
    *(67, 68, 77, 78, 80, 81, 82),  # threads
    *(95, 132, 133, 137, 138, 139, 149, 153, 154, 159, 164, 235, 236),
)
"""Options of POSIX that are answered by the version of the standard."""
PRESENT = (7, 8, 91, 92, 93, 94, 125, 126, 129, 130, 131, 155, 157, 176, 177)
"""Options of X/Open that are answered by 1."""
UNLIMITED = (
    *(23, 24, 27, 32, 35, 49, 50, 76, 97, 127, 128, 160, 161, 165, 168, 169, 170, 171, 172, 173, 175, 178, 179),
    *(181, 182, 183, 184, 242, 243, 244, 245, 246),
)
"""What is not there, or has no limit: -1, without an error."""
SYSCONF = {
    0: 2097152,  # _SC_ARG_MAX
    1: 47839,  # _SC_CHILD_MAX
    2: 100,  # _SC_CLK_TCK
    3: 65536,  # _SC_NGROUPS_MAX
    4: 1024,  # _SC_OPEN_MAX
    5: 16,  # _SC_STREAM_MAX
    6: 6,  # _SC_TZNAME_MAX
    25: 20,  # _SC_AIO_PRIO_DELTA_MAX
    26: 2147483647,  # _SC_DELAYTIMER_MAX
    28: 32768,  # _SC_MQ_PRIO_MAX
    30: PAGE_SIZE,  # _SC_PAGE_SIZE
    31: 32,  # _SC_RTSIG_MAX
    33: 2147483647,  # _SC_SEM_VALUE_MAX
    34: 47839,  # _SC_SIGQUEUE_MAX
    36: 99,  # _SC_BC_BASE_MAX
    37: 2048,  # _SC_BC_DIM_MAX
    38: 99,  # _SC_BC_SCALE_MAX
    39: 1000,  # _SC_BC_STRING_MAX
    40: 255,  # _SC_COLL_WEIGHTS_MAX
    42: 32,  # _SC_EXPR_NEST_MAX
    43: 2048,  # _SC_LINE_MAX
    44: 32767,  # _SC_RE_DUP_MAX
    60: 1024,  # _SC_IOV_MAX
    69: 1024,  # _SC_GETGR_R_SIZE_MAX
    70: 1024,  # _SC_GETPW_R_SIZE_MAX
    71: 256,  # _SC_LOGIN_NAME_MAX
    72: 32,  # _SC_TTY_NAME_MAX
    73: 4,  # _SC_THREAD_DESTRUCTOR_ITERATIONS
    74: 1024,  # _SC_THREAD_KEYS_MAX
    75: 16384,  # _SC_THREAD_STACK_MIN
    79: 0,  # _SC_THREAD_PRIORITY_SCHEDULING
    83: 1,  # _SC_NPROCESSORS_CONF
    84: 1,  # _SC_NPROCESSORS_ONLN
    87: 2147483647,  # _SC_ATEXIT_MAX
    89: 700,  # _SC_XOPEN_VERSION
    180: 64,  # _SC_HOST_NAME_MAX
    **dict.fromkeys(SUPPORTED, POSIX_2008),
    **dict.fromkeys(PRESENT, 1),
    **dict.fromkeys(UNLIMITED, -1),
}
_SC_PHYS_PAGES = 85

PATHCONF = {
    0: 32000,  # _PC_LINK_MAX
    1: 255,  # _PC_MAX_CANON
    2: 255,  # _PC_MAX_INPUT
    3: 255,  # _PC_NAME_MAX
    4: 4096,  # _PC_PATH_MAX
    5: 4096,  # _PC_PIPE_BUF
    6: 1,  # _PC_CHOWN_RESTRICTED
    7: 1,  # _PC_NO_TRUNC
    8: 0,  # _PC_VDISABLE
    13: 64,  # _PC_FILESIZEBITS
    16: 4096,  # _PC_REC_MIN_XFER_SIZE
    17: 4096,  # _PC_REC_XFER_ALIGN
    18: 4096,  # _PC_ALLOC_SIZE_MIN
    20: 1,  # _PC_2_SYMLINKS
    **dict.fromkeys((9, 10, 11, 12, 14, 15, 19), -1),  # asynchronous I/O, socket buffers, increments, symlink length
}

_CS_PATH = 0
CONFSTR = {
    1: "POSIX_V6_ILP32_OFF32\nPOSIX_V6_ILP32_OFFBIG",  # _CS_POSIX_V6_WIDTH_RESTRICTED_ENVS
    2: "glibc 2.14",  # _CS_GNU_LIBC_VERSION
    3: "",  # _CS_GNU_LIBPTHREAD_VERSION
    1116: "-m32",  # _CS_POSIX_V6_ILP32_OFF32_CFLAGS
    1117: "-m32",  # … LDFLAGS
    1118: "",  # … LIBS
    1120: "-m32 -D_LARGEFILE_SOURCE -D_FILE_OFFSET_BITS=64",  # _CS_POSIX_V6_ILP32_OFFBIG_CFLAGS
    1121: "-m32",  # … LDFLAGS
    1122: "",  # … LIBS
    **dict.fromkeys((1124, 1125, 1126, 1128, 1129, 1130), ""),  # the same for LP64_OFF64 and LPBIG_OFFBIG
}


@env.function("_sysconf")
def sysconf(guest: EmscriptenGuest, name: I32) -> I32:
    """A limit or option of the system. Errors: EINVAL (none of that number)."""
    if name == _SC_PHYS_PAGES:
        return guest.memory.size // PAGE_SIZE
    if name not in SYSCONF:
        raise SysError(Errno.EINVAL)
    return SYSCONF[name]


def _path_limit(name: int) -> int:
    if name not in PATHCONF:
        raise SysError(Errno.EINVAL)
    return PATHCONF[name]


@env.function("_pathconf")
def pathconf(path: Text, name: I32) -> I32:
    """A limit of the file system, the same for every path. Errors: EINVAL."""
    return _path_limit(name)


@env.function("_fpathconf")
def fpathconf(fd: I32, name: I32) -> I32:
    """`pathconf` for an open file. Errors: EINVAL."""
    return _path_limit(name)


@env.function("_confstr", failure=set_errno(0))
def confstr(guest: EmscriptenGuest, name: I32, buffer: Pointer, size: U32) -> I32:
    """A string about the system; returns the size that it needs with its NUL. Errors: EINVAL (none of that number)."""
    if name == _CS_PATH:
        value = guest.part(Environment).variables.get("PATH", "/")
    elif name in CONFSTR:
        value = CONFSTR[name]
    else:
        raise SysError(Errno.EINVAL)
    data = encode(value)
    if buffer and size:
        guest.memory.write(buffer, data if len(data) <= size else data[: size - 1] + b"\0")
    return len(data)


@env.function("_getpagesize")
def getpagesize() -> I32:
    """Bytes in a page."""
    return PAGE_SIZE


@env.function("_getdtablesize")
def getdtablesize(guest: EmscriptenGuest) -> I32:
    """How many descriptors there can be."""
    return guest.process.files.limit


@env.function("_getloadavg")
def getloadavg(memory: Memory, result: Pointer, count: I32) -> I32:
    """The load of the system: 0.1 always, as the JavaScript had it."""
    samples = min(count, 3)
    for i in range(samples):
        memory.store_f64(result + 8 * i, 0.1)
    return samples


@env.function("_emscripten_num_logical_cores")
def emscripten_num_logical_cores() -> I32:
    """One processor, whatever the host has."""
    return 1


@env.function("_emscripten_has_threading_support")
def emscripten_has_threading_support() -> I32:
    """There are no threads."""
    return 0
