"""How structs lie in memory, by the C header of each preview.

For preview 1 a C compiler measured the `wasi/api.h` that Emscripten 1.39.5 has; preview 0 differs in what stands in
pairs here.
"""

from __future__ import annotations

from tests.calls import Layout

UNSTABLE, PREVIEW1 = "wasi_unstable", "wasi_snapshot_preview1"

IOVEC = Layout(8, buf=(0, 4), buf_len=(4, 4))
FDSTAT = Layout(24, fs_filetype=(0, 1), fs_flags=(2, 2), fs_rights_base=(8, 8), fs_rights_inheriting=(16, 8))
PRESTAT = Layout(8, pr_type=(0, 1), pr_name_len=(4, 4))
DIRENT = Layout(24, d_next=(0, 8), d_ino=(8, 8), d_namlen=(16, 4), d_type=(20, 1))
EVENT = Layout(32, userdata=(0, 8), error=(8, 2), type=(10, 1), nbytes=(16, 8), flags=(24, 2))
FILESTAT = {
    UNSTABLE: Layout(
        56,
        dev=(0, 8),
        ino=(8, 8),
        filetype=(16, 1),
        nlink=(20, 4),
        size=(24, 8),
        atim=(32, 8),
        mtim=(40, 8),
        ctim=(48, 8),
    ),
    PREVIEW1: Layout(
        64,
        dev=(0, 8),
        ino=(8, 8),
        filetype=(16, 1),
        nlink=(24, 8),
        size=(32, 8),
        atim=(40, 8),
        mtim=(48, 8),
        ctim=(56, 8),
    ),
}
SUBSCRIPTION = {
    UNSTABLE: Layout(
        56,
        userdata=(0, 8),
        type=(8, 1),
        file_descriptor=(16, 4),
        identifier=(16, 8),
        id=(24, 4),
        timeout=(32, 8),
        precision=(40, 8),
        flags=(48, 2),
    ),
    PREVIEW1: Layout(
        48,
        userdata=(0, 8),
        type=(8, 1),
        file_descriptor=(16, 4),
        id=(16, 4),
        timeout=(24, 8),
        precision=(32, 8),
        flags=(40, 2),
    ),
}
WHENCE = {UNSTABLE: {"CUR": 0, "END": 1, "SET": 2}, PREVIEW1: {"SET": 0, "CUR": 1, "END": 2}}
