"""Calls of Windows' ntdll that open files relative to open directories, and ask and change what is open.

The Windows API has no such calls. These are the ones that it is made of, and documented for drivers:
https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-ntcreatefile
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType

from compat._typing import Any, Self
from compat.kernel.errno import Errno, SysError
from compat.kernel.host import _ntdll

# What follows exists on Windows only, which this tells the type checker.
assert sys.platform == "win32"

import msvcrt  # noqa: E402

ffi: Any = _ntdll.ffi
_dll: Any = ffi.dlopen("ntdll")

READ_DATA = LIST_DIRECTORY = 0x1
WRITE_DATA = ADD_FILE = 0x2
APPEND_DATA = 0x4
EXECUTE = 0x20
READ_ATTRIBUTES = 0x80
WRITE_ATTRIBUTES = 0x100
DELETE = 0x10000
_SYNCHRONIZE = 0x100000
SHARE_ALL = 0x7

OPEN, CREATE = 1, 2
"""What to do: open what is there, or make what is not."""

DIRECTORY_FILE = 0x1
NON_DIRECTORY_FILE = 0x40
_SYNCHRONOUS_IO_NONALERT = 0x20
_OPEN_REPARSE_POINT = 0x200000

ATTRIBUTE_READONLY = 0x1
ATTRIBUTE_DIRECTORY = 0x10
ATTRIBUTE_NORMAL = 0x80
ATTRIBUTE_REPARSE_POINT = 0x400

BASIC_INFORMATION = 4
RENAME_INFORMATION = 10
LINK_INFORMATION = 11
DISPOSITION_INFORMATION = 13
ALL_INFORMATION = 18
END_OF_FILE_INFORMATION = 20
ATTRIBUTE_TAG_INFORMATION = 35
ID_FULL_DIRECTORY_INFORMATION = 38
DISPOSITION_INFORMATION_EX = 64
RENAME_INFORMATION_EX = 65

FS_VOLUME_INFORMATION = 1
FS_ATTRIBUTE_INFORMATION = 5
FS_FULL_SIZE_INFORMATION = 7

_FSCTL_SET_REPARSE_POINT = 0x900A4
_FSCTL_GET_REPARSE_POINT = 0x900A8

_ERROR = 0xC0000000
"""Both bits: others are successes, or warnings with a result."""
_NO_MORE_FILES, _NO_SUCH_FILE = 0x80000006, 0xC000000F

_ERRNO = {
    0xC0000002: Errno.ENOTSUP,  # NOT_IMPLEMENTED
    0xC0000003: Errno.ENOTSUP,  # INVALID_INFO_CLASS
    0xC0000008: Errno.EBADF,  # INVALID_HANDLE
    0xC000000D: Errno.EINVAL,  # INVALID_PARAMETER
    _NO_SUCH_FILE: Errno.ENOENT,
    0xC0000010: Errno.ENOTSUP,  # INVALID_DEVICE_REQUEST
    0xC0000017: Errno.ENOMEM,  # NO_MEMORY
    0xC0000022: Errno.EACCES,  # ACCESS_DENIED
    0xC0000033: Errno.EINVAL,  # OBJECT_NAME_INVALID
    0xC0000034: Errno.ENOENT,  # OBJECT_NAME_NOT_FOUND
    0xC0000035: Errno.EEXIST,  # OBJECT_NAME_COLLISION
    0xC000003A: Errno.ENOENT,  # OBJECT_PATH_NOT_FOUND
    0xC0000043: Errno.EBUSY,  # SHARING_VIOLATION
    0xC0000044: Errno.EDQUOT,  # QUOTA_EXCEEDED
    0xC0000056: Errno.ENOENT,  # DELETE_PENDING
    0xC0000061: Errno.EPERM,  # PRIVILEGE_NOT_HELD
    0xC000007F: Errno.ENOSPC,  # DISK_FULL
    0xC000009A: Errno.ENOMEM,  # INSUFFICIENT_RESOURCES
    0xC00000A2: Errno.EROFS,  # MEDIA_WRITE_PROTECTED
    0xC00000BA: Errno.EISDIR,  # FILE_IS_A_DIRECTORY
    0xC00000BB: Errno.ENOTSUP,  # NOT_SUPPORTED
    0xC00000D4: Errno.EXDEV,  # NOT_SAME_DEVICE
    0xC0000101: Errno.ENOTEMPTY,  # DIRECTORY_NOT_EMPTY
    0xC0000103: Errno.ENOTDIR,  # NOT_A_DIRECTORY
    0xC0000106: Errno.ENAMETOOLONG,  # NAME_TOO_LONG
    0xC000011F: Errno.EMFILE,  # TOO_MANY_OPENED_FILES
    0xC0000121: Errno.EACCES,  # CANNOT_DELETE
    0xC0000265: Errno.EMLINK,  # TOO_MANY_LINKS
    0xC0000275: Errno.EINVAL,  # NOT_A_REPARSE_POINT
    0xC0000904: Errno.EFBIG,  # FILE_TOO_LARGE
}


class Handle:
    """Something open. Closed by `close`, at the end of a `with`, and when nothing refers to it any more."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def close(self) -> None:
        """Close it; doing so twice does nothing."""
        value, self.value = self.value, None
        if value is not None:
            _dll.NtClose(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def of_descriptor(fd: int) -> Any:
    """What stands behind a descriptor of the C run-time, which closes it. Errors: OSError EBADF."""
    return ffi.cast("HANDLE", msvcrt.get_osfhandle(fd))


def open_relative(
    directory: Any,
    name: bytes,
    access: int,
    *,
    disposition: int = OPEN,
    options: int = 0,
    attributes: int = ATTRIBUTE_NORMAL,
) -> Handle:
    """Open `name`, one component in UTF-16, in a directory that is open; without a name, open the same file again.

    A reparse point is opened itself, whatever it is: the system follows none.
    """
    buffer = ffi.from_buffer("uint16_t[]", name)
    string = ffi.new("UNICODE_STRING *", (len(name), len(name), buffer))
    where = ffi.new("OBJECT_ATTRIBUTES *", (ffi.sizeof("OBJECT_ATTRIBUTES"), directory, string))
    handle = ffi.new("HANDLE *")
    options |= _OPEN_REPARSE_POINT | _SYNCHRONOUS_IO_NONALERT
    _check(
        _dll.NtCreateFile(
            *(handle, access | _SYNCHRONIZE, where, ffi.new("IO_STATUS_BLOCK *"), ffi.NULL),
            *(attributes, SHARE_ALL, disposition, options, ffi.NULL, 0),
        )
    )
    return Handle(handle[0])


def query(handle: Any, kind: str, number: int) -> Any:
    """What is known of an open file: a structure of the type `kind`."""
    result = ffi.new(f"{kind} *")
    _check(_dll.NtQueryInformationFile(handle, _status(), result, ffi.sizeof(kind), number))
    return result


def query_volume(handle: Any, kind: str, number: int) -> Any:
    """What is known of the file system that an open file is in."""
    result = ffi.new(f"{kind} *")
    _check(_dll.NtQueryVolumeInformationFile(handle, _status(), result, ffi.sizeof(kind), number))
    return result


def change(handle: Any, number: int, information: Any) -> None:
    """Change an open file; `information` points to a structure that `ffi.new` made."""
    _check(_dll.NtSetInformationFile(handle, _status(), information, ffi.sizeof(information[0]), number))


def change_name(handle: Any, number: int, directory: Any, name: bytes, flags: int) -> None:
    """Give an open file a new name, or one more."""
    units = list(ffi.from_buffer("uint16_t[]", name))
    change(handle, number, ffi.new("FILE_RENAME_INFORMATION *", (flags, directory, len(name), units)))


def directory_entries(directory: Any, pattern: bytes = b"") -> Iterator[Any]:
    """What a directory has, or of that what one name stands for, as FILE_ID_FULL_DIR_INFORMATION; and the name.

    `directory` is opened for that once: the system keeps the pattern of the first call.
    """
    buffer = ffi.new("uint8_t[]", 1 << 16)
    units = ffi.from_buffer("uint16_t[]", pattern)
    filter = ffi.new("UNICODE_STRING *", (len(pattern), len(pattern), units)) if pattern else ffi.NULL
    while True:
        status = _dll.NtQueryDirectoryFile(
            *(directory, ffi.NULL, ffi.NULL, ffi.NULL, _status(), buffer, len(buffer)),
            *(ID_FULL_DIRECTORY_INFORMATION, False, filter, False),
        )
        if status & 0xFFFFFFFF in (_NO_MORE_FILES, _NO_SUCH_FILE):
            return
        _check(status)
        at = 0
        while True:
            entry = ffi.cast("FILE_ID_FULL_DIR_INFORMATION *", buffer + at)
            yield entry, bytes(ffi.buffer(entry.FileName, entry.FileNameLength))
            if not entry.NextEntryOffset:
                break
            at += entry.NextEntryOffset


def reparse_data(handle: Any, size: int) -> bytes:
    """Where a reparse point leads. Errors: EINVAL (it is none)."""
    buffer, status = ffi.new("uint8_t[]", size), _status()
    _control(handle, status, _FSCTL_GET_REPARSE_POINT, ffi.NULL, 0, buffer, size)
    return bytes(ffi.buffer(buffer, status.Information))


def set_reparse_data(handle: Any, data: bytes) -> None:
    """Make an empty file a reparse point. Errors: EPERM (this user may not)."""
    _control(handle, _status(), _FSCTL_SET_REPARSE_POINT, ffi.from_buffer(data), len(data), ffi.NULL, 0)


def append(handle: Any, data: bytes) -> int:
    """Write at the end, wherever that is by then; returns how many bytes."""
    status, end = _status(), ffi.new("int64_t *", -1)  # FILE_WRITE_TO_END_OF_FILE
    buffer = ffi.from_buffer(data)
    _check(_dll.NtWriteFile(handle, *[ffi.NULL] * 3, status, buffer, len(data), end, ffi.NULL))
    return int(status.Information)


def flush(handle: Any) -> None:
    """Bring what was written to the storage."""
    _check(_dll.NtFlushBuffersFile(handle, _status()))


def _control(handle: Any, status: Any, code: int, *buffers: Any) -> None:
    _check(_dll.NtFsControlFile(handle, *[ffi.NULL] * 3, status, code, *buffers))


def _status() -> Any:
    return ffi.new("IO_STATUS_BLOCK *")


def _check(status: int) -> None:
    code = status & 0xFFFFFFFF
    if code & _ERROR == _ERROR:
        raise SysError(_ERRNO.get(code, Errno.EIO)) from OSError(f"NTSTATUS {code:#010x}")
