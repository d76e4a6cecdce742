"""How structs lie in memory: sizes and offsets that a C compiler gave for the headers of 1.38.30, 1.38.43 and 1.39.5.

That is GCC for i386 with 64-bit numbers aligned to 8 (`-m32 -malign-double -nostdinc`), over system/include/libc and
system/lib/libc/musl/arch/emscripten of the release. Only what contains `off_t` or `ino_t` differs between them.
"""

from __future__ import annotations

from tests.calls import Layout

from .guest import LATE, MIDDLE, OLD

IOVEC = Layout(8, iov_base=(0, 4), iov_len=(4, 4))

# --- time.h, sys/time.h, sys/timeb.h, utime.h

TIMESPEC = Layout(8, tv_sec=(0, 4), tv_nsec=(4, 4))
TIMEVAL = Layout(8, tv_sec=(0, 4), tv_usec=(4, 4))
TIMEZONE = Layout(8, tz_minuteswest=(0, 4), tz_dsttime=(4, 4))
TIMEB = Layout(12, time=(0, 4), millitm=(4, 2), timezone=(6, 2), dstflag=(8, 2))
TM = Layout(
    44,
    tm_sec=(0, 4),
    tm_min=(4, 4),
    tm_hour=(8, 4),
    tm_mday=(12, 4),
    tm_mon=(16, 4),
    tm_year=(20, 4),
    tm_wday=(24, 4),
    tm_yday=(28, 4),
    tm_isdst=(32, 4),
    tm_gmtoff=(36, 4),
    tm_zone=(40, 4),
)
TMS = Layout(16, tms_utime=(0, 4), tms_stime=(4, 4), tms_cutime=(8, 4), tms_cstime=(12, 4))
ITIMERVAL = Layout(16, it_interval=(0, 8), it_value=(8, 8))
UTIMBUF = Layout(8, actime=(0, 4), modtime=(4, 4))

# --- sys/stat.h, dirent.h, fcntl.h, sys/statfs.h: the first three have two layouts

_SMALL_STAT = Layout(
    76,
    st_dev=(0, 4),
    st_ino_truncated=(8, 4),
    st_mode=(12, 4),
    st_nlink=(16, 4),
    st_uid=(20, 4),
    st_gid=(24, 4),
    st_rdev=(28, 4),
    st_size=(36, 4),
    st_blksize=(40, 4),
    st_blocks=(44, 4),
    st_atim=(48, 8),
    st_mtim=(56, 8),
    st_ctim=(64, 8),
    st_ino=(72, 4),
)
_STAT = Layout(
    88,
    st_dev=(0, 4),
    st_ino_truncated=(8, 4),
    st_mode=(12, 4),
    st_nlink=(16, 4),
    st_uid=(20, 4),
    st_gid=(24, 4),
    st_rdev=(28, 4),
    st_size=(40, 8),
    st_blksize=(48, 4),
    st_blocks=(52, 4),
    st_atim=(56, 8),
    st_mtim=(64, 8),
    st_ctim=(72, 8),
    st_ino=(80, 8),
)
STAT = {OLD: _SMALL_STAT, MIDDLE: _STAT, LATE: _STAT}

_SMALL_DIRENT = Layout(268, d_ino=(0, 4), d_off=(4, 4), d_reclen=(8, 2), d_type=(10, 1), d_name=(11, 256))
_DIRENT = Layout(280, d_ino=(0, 8), d_off=(8, 8), d_reclen=(16, 2), d_type=(18, 1), d_name=(19, 256))
DIRENT = {OLD: _SMALL_DIRENT, MIDDLE: _DIRENT, LATE: _DIRENT}

_SMALL_FLOCK = Layout(16, l_type=(0, 2), l_whence=(2, 2), l_start=(4, 4), l_len=(8, 4), l_pid=(12, 4))
_FLOCK = Layout(32, l_type=(0, 2), l_whence=(2, 2), l_start=(8, 8), l_len=(16, 8), l_pid=(24, 4))
FLOCK = {OLD: _SMALL_FLOCK, MIDDLE: _FLOCK, LATE: _FLOCK}

STATFS = Layout(
    64,
    f_type=(0, 4),
    f_bsize=(4, 4),
    f_blocks=(8, 4),
    f_bfree=(12, 4),
    f_bavail=(16, 4),
    f_files=(20, 4),
    f_ffree=(24, 4),
    f_fsid=(28, 8),
    f_namelen=(36, 4),
    f_frsize=(40, 4),
    f_flags=(44, 4),
    f_spare=(48, 16),
)

# --- poll.h, termios.h, sys/ioctl.h

POLLFD = Layout(8, fd=(0, 4), events=(4, 2), revents=(6, 2))
WINSIZE = Layout(8, ws_row=(0, 2), ws_col=(2, 2), ws_xpixel=(4, 2), ws_ypixel=(6, 2))
TERMIOS = Layout(
    60,
    c_iflag=(0, 4),
    c_oflag=(4, 4),
    c_cflag=(8, 4),
    c_lflag=(12, 4),
    c_line=(16, 1),
    c_cc=(17, 32),
    c_ispeed=(52, 4),
    c_ospeed=(56, 4),
)

# --- sys/utsname.h, sys/resource.h, signal.h

UTSNAME = Layout(
    390,
    sysname=(0, 65),
    nodename=(65, 65),
    release=(130, 65),
    version=(195, 65),
    machine=(260, 65),
    domainname=(325, 65),
)
RLIMIT = Layout(16, rlim_cur=(0, 8), rlim_max=(8, 8))
RUSAGE = Layout(136, ru_utime=(0, 8), ru_stime=(8, 8), counters=(16, 56), reserved=(72, 64))
SIGACTION = Layout(140, sa_handler=(0, 4), sa_mask=(4, 128), sa_flags=(132, 4), sa_restorer=(136, 4))

# --- pwd.h, grp.h, netinet/in.h, netdb.h, dlfcn.h

PASSWD = Layout(
    28,
    pw_name=(0, 4),
    pw_passwd=(4, 4),
    pw_uid=(8, 4),
    pw_gid=(12, 4),
    pw_gecos=(16, 4),
    pw_dir=(20, 4),
    pw_shell=(24, 4),
)
GROUP = Layout(16, gr_name=(0, 4), gr_passwd=(4, 4), gr_gid=(8, 4), gr_mem=(12, 4))
SOCKADDR_IN = Layout(16, sin_family=(0, 2), sin_port=(2, 2), sin_addr=(4, 4), sin_zero=(8, 8))
SOCKADDR_IN6 = Layout(
    28, sin6_family=(0, 2), sin6_port=(2, 2), sin6_flowinfo=(4, 4), sin6_addr=(8, 16), sin6_scope_id=(24, 4)
)
MSGHDR = Layout(
    28,
    msg_name=(0, 4),
    msg_namelen=(4, 4),
    msg_iov=(8, 4),
    msg_iovlen=(12, 4),
    msg_control=(16, 4),
    msg_controllen=(20, 4),
    msg_flags=(24, 4),
)
MMSGHDR = Layout(32, msg_hdr=(0, 28), msg_len=(28, 4))
CMSGHDR = Layout(12, cmsg_len=(0, 4), cmsg_level=(4, 4), cmsg_type=(8, 4))
UCRED = Layout(12, pid=(0, 4), uid=(4, 4), gid=(8, 4))
LINGER = Layout(8, l_onoff=(0, 4), l_linger=(4, 4))
ADDRINFO = Layout(
    32,
    ai_flags=(0, 4),
    ai_family=(4, 4),
    ai_socktype=(8, 4),
    ai_protocol=(12, 4),
    ai_addrlen=(16, 4),
    ai_addr=(20, 4),
    ai_canonname=(24, 4),
    ai_next=(28, 4),
)
HOSTENT = Layout(20, h_name=(0, 4), h_aliases=(4, 4), h_addrtype=(8, 4), h_length=(12, 4), h_addr_list=(16, 4))
DL_INFO = Layout(16, dli_fname=(0, 4), dli_fbase=(4, 4), dli_sname=(8, 4), dli_saddr=(12, 4))
PROTOENT = Layout(12, p_name=(0, 4), p_aliases=(4, 4), p_proto=(8, 4))

# --- wasi.h of 1.38.44 and later

FDSTAT = Layout(24, fs_filetype=(0, 1), fs_flags=(2, 2), fs_rights_base=(8, 8), fs_rights_inheriting=(16, 8))
