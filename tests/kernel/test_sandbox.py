"""Nothing outside a mount can be read, changed or made: every spelling of a path, and links swapped in a race."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from compat.kernel.clock import SteppingClock
from compat.kernel.errno import SysError
from compat.kernel.files import OpenFlags
from compat.kernel.host import platform
from compat.kernel.paths import FileSystem
from compat.kernel.stat import FileType, Stat
from compat.kernel.vfs.hostfs import HostVolume
from compat.kernel.vfs.memory import MemoryVolume
from compat.kernel.vfs.node import Directory
from tests.kernel.support import CREATE, READ

pytestmark = pytest.mark.usefixtures("both_ways")

CANARY = b"what is outside"

OPERATIONS: dict[str, Callable[[FileSystem, str, Directory, bool], object]] = {
    "open": lambda fs, path, base, beneath: fs.open(path, READ, base=base, beneath=beneath).read(100),
    "create": lambda fs, path, base, beneath: fs.open(path, CREATE, base=base, beneath=beneath).write(b"guest"),
    "truncate on open": lambda fs, path, base, beneath: fs.open(
        path, CREATE | OpenFlags.TRUNCATE, base=base, beneath=beneath
    ).pread(9, 0),
    "stat": lambda fs, path, base, beneath: fs.stat(path, base=base, beneath=beneath),
    "lstat": lambda fs, path, base, beneath: fs.stat(path, base=base, follow=False, beneath=beneath),
    "list": lambda fs, path, base, beneath: [
        entry.name for entry in fs.directory(path, base=base, beneath=beneath).open(READ).readdir()
    ],
    "mkdir": lambda fs, path, base, beneath: fs.mkdir(path, base=base, beneath=beneath),
    "rmdir": lambda fs, path, base, beneath: fs.rmdir(path, base=base, beneath=beneath),
    "unlink": lambda fs, path, base, beneath: fs.unlink(path, base=base, beneath=beneath),
    "mknod": lambda fs, path, base, beneath: fs.mknod(path, FileType.REGULAR, base=base, beneath=beneath),
    "symlink": lambda fs, path, base, beneath: fs.symlink("../outside", path, base=base, beneath=beneath),
    "readlink": lambda fs, path, base, beneath: fs.readlink(path, base=base, beneath=beneath),
    "chmod": lambda fs, path, base, beneath: fs.chmod(path, 0o640, base=base, beneath=beneath),
    "utimes": lambda fs, path, base, beneath: fs.utimes(path, 1, 1, base=base, beneath=beneath),
    "truncate": lambda fs, path, base, beneath: fs.truncate(path, 1, base=base, beneath=beneath),
    "link here": lambda fs, path, base, beneath: fs.link(
        path, "linked", old_base=base, new_base=base, follow=True, beneath=beneath
    ),
    "link there": lambda fs, path, base, beneath: fs.link("file", path, old_base=base, new_base=base, beneath=beneath),
    "rename here": lambda fs, path, base, beneath: fs.rename(
        path, "moved", old_base=base, new_base=base, beneath=beneath
    ),
    "rename there": lambda fs, path, base, beneath: fs.rename(
        "file", path, old_base=base, new_base=base, beneath=beneath
    ),
}

RACING = ["open", "create", "truncate on open", "stat", "list", "chmod", "utimes", "truncate", "unlink", "link here"]

COMPONENTS = [
    "..",
    "..",
    ".",
    "",
    "dir",
    "file",
    "new",
    "outside",
    "canary",
    "up",
    "out",
    "real",
    "chain",
    "loop",
    "inside",
]


def fingerprint(path: Path) -> str:
    """Everything below `path`: names, types, modes, times, link counts, content."""
    digest = hashlib.sha256()
    for entry in sorted([path, *path.rglob("*")]):
        stat = entry.lstat()
        digest.update(repr((str(entry), stat.st_mode, stat.st_nlink, stat.st_size, stat.st_mtime_ns)).encode())
        if entry.is_file() and not entry.is_symlink():
            digest.update(entry.read_bytes())
    return digest.hexdigest()


@contextmanager
def sandbox() -> Iterator[tuple[Path, Path, FileSystem]]:
    """A directory outside, and one full of links that lead out, mounted at /m and at its own real path."""
    # Windows removes no directory that is held open, as what is mounted here is.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        top = Path(temporary)
        outside, inside = top / "outside", top / "inside"
        (outside / "dir").mkdir(parents=True)
        (inside / "dir").mkdir(parents=True)
        (outside / "canary").write_bytes(CANARY)
        (outside / "file").write_bytes(CANARY)
        (inside / "file").write_bytes(b"inside")
        for name, target in {
            "up": "..",
            "out": "../outside",
            "real": str(outside),
            "chain": "dir/out",
            "loop": "loop",
            "dir/out": "../../outside/canary",
            "dir/up": "../..",
            "dir/real": str(outside / "canary"),
        }.items():
            (inside / name).symlink_to(target)
        fs = FileSystem(MemoryVolume(SteppingClock()).root)
        fs.mount("/m", HostVolume(str(inside), SteppingClock()).root)
        fs.mount(str(inside), HostVolume(str(inside), SteppingClock()).root)
        yield outside, inside, fs


def attempt(fs: FileSystem, operation: str, path: str, base: Directory, beneath: bool) -> None:
    with suppress(SysError):
        assert CANARY not in repr(OPERATIONS[operation](fs, path, base, beneath)).encode()


@settings(max_examples=150)
@given(data=st.data(), beneath=st.booleans())
def test_no_spelling_of_a_path_leads_out(data: st.DataObject, beneath: bool) -> None:
    with sandbox() as (outside, inside, fs):
        before = fingerprint(outside)
        prefixes = st.sampled_from(["", "", "/", "/m/", f"{inside}/", f"{outside}/", f"{inside.parent}/"])
        paths = st.builds(
            lambda prefix, parts: prefix + "/".join(parts), prefixes, st.lists(st.sampled_from(COMPONENTS), max_size=6)
        )
        base = fs.directory(data.draw(st.sampled_from(["/m", "/m/dir"])))
        for _ in range(12):
            # Later operations meet what earlier ones made, links included.
            attempt(fs, data.draw(st.sampled_from(sorted(OPERATIONS))), data.draw(paths), base, beneath)
        assert fingerprint(outside) == before
        assert sorted(entry.name for entry in inside.parent.iterdir()) == ["inside", "outside"]


SPELLINGS = [
    *r"""
    .. ../ ../outside ../outside/canary dir/../../outside/canary dir/../.. ./../outside/canary ..//outside//canary
    up up/outside/canary out out/canary out/ out/. out/new out/dir/../canary real real/canary real/new chain chain/
    dir/out dir/up/outside/canary dir/real dir/real/ dir/../out/canary dir/./../up/outside up/up/up/etc/passwd / /..
    /../outside/canary /etc/passwd //etc/passwd /../../../../etc/passwd /m/../outside/canary /m/up/outside/canary
    /m/real/canary /m/dir/../../outside/canary /m//out/canary loop/../../outside/canary file/../../outside/canary
    new/../../outside ..\outside\canary dir\..\..\outside C:\canary \\?\C:\ CON ... /proc/self/root/etc/passwd
    /proc/self/cwd /dev/fd/0 up/inside/../outside/canary up/inside/up/outside/canary %2e%2e/outside ..;/outside ~/
    ~root
    """.split(),  # noqa: SIM905 - a line each would hide how they are related
    # What Windows takes for more than a name: drives, devices, streams of a file, short names, what it cuts off.
    *r"""
    C: C:/ C:../outside C:canary c:\outside\canary \outside\canary \\?\UNC\localhost\C$ \\.\C: \??\C:\canary
    //?/C:/canary //./pipe/x //localhost/C$/canary \Device\HarddiskVolume1 ..\outside/canary dir\..\../outside/canary
    dir/..\..\outside
    file:stream file::$DATA dir::$INDEX_ALLOCATION dir::$INDEX_ALLOCATION/../outside ..::$INDEX_ALLOCATION/outside
    ..:x/outside OUTSID~1 ../OUTSID~1/canary FILE~1 NUL dir/NUL dir/CON/../../../outside aux.txt COM1 com¹.log LPT1
    CONIN$ CLOCK$ PRN.tar.gz ...\outside .../outside ../outside. ../outside../canary ../canary. FILE DIR/FILE
    """.split(),  # noqa: SIM905 - as above
    "../outside /canary",
    ".. /outside",
    "file ",
    ".. ",
    "..\n",
    "..\0/outside",
    "out\0",
    "\udcff/../../outside",
    "\uff0e\uff0e/outside",
    "./" * 100 + "../outside/canary",
    "dir/" + "../" * 100 + "outside/canary",
    "dir/up/" * 10 + "outside",
]


@pytest.mark.parametrize("beneath", [True, False], ids=["beneath", "rooted"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_known_ways_out(operation: str, beneath: bool) -> None:
    assert len(set(SPELLINGS)) >= 60
    with sandbox() as (outside, inside, fs):
        before = fingerprint(outside)
        for where in ("/m", "/m/dir"):
            for path in SPELLINGS:
                attempt(fs, operation, path, fs.directory(where), beneath)
        assert fingerprint(outside) == before
        assert sorted(entry.name for entry in inside.parent.iterdir()) == ["inside", "outside"]


def test_a_moved_directory_takes_no_one_out() -> None:
    """Someone else moves the directory that the guest works in out of the mount: ".." still stays inside."""
    with sandbox() as (outside, inside, fs):
        (inside / "dir/deep").mkdir()
        base = fs.directory("/m/dir/deep")
        (inside / "dir/deep").rename(outside / "deep")
        for path in ("../canary", "../../outside/canary", "../../canary"):
            for beneath in (True, False):
                attempt(fs, "open", path, base, beneath)
                attempt(fs, "create", path + ".new", base, beneath)
        assert not list(outside.rglob("*.new"))


@pytest.mark.parametrize("swapped", ["swap", "canary"])
@pytest.mark.parametrize("operation", RACING)
def test_a_link_put_in_place_at_the_worst_moment(operation: str, swapped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The swap happens right after the kernel looked at the name, before it uses it."""
    with sandbox() as (outside, inside, fs):
        (inside / "swap").mkdir()
        (inside / "swap/canary").write_bytes(b"inside")
        base, before = fs.directory("/m"), fingerprint(outside)
        lstat, open_beneath = platform.lstat, platform.open_beneath
        place, target = (
            (inside / "swap", "../outside") if swapped == "swap" else (inside / "swap/canary", "../../outside/canary")
        )

        def swap(name: str) -> None:
            if name == swapped and not place.is_symlink():
                place.rename(inside / "kept")
                place.symlink_to(target)

        def look_and_swap(parent: platform.DirectoryHandle, name: str) -> Stat:
            stat = lstat(parent, name)
            swap(name)
            return stat

        def pass_and_swap(top: platform.DirectoryHandle, names: Sequence[str]) -> platform.DirectoryHandle | None:
            handle = open_beneath(top, names)
            swap(names[-1] if handle else "")
            return handle

        monkeypatch.setattr(platform, "lstat", look_and_swap)
        monkeypatch.setattr(platform, "open_beneath", pass_and_swap)
        attempt(fs, operation, "swap" if operation == "list" and swapped == "swap" else "swap/canary", base, False)
        assert place.is_symlink() or operation == "unlink"
        assert fingerprint(outside) == before


@pytest.mark.parametrize("operation", RACING)
def test_a_directory_swapped_for_a_link_in_a_race(operation: str) -> None:
    with sandbox() as (outside, inside, fs):
        (inside / "swap").mkdir()
        (inside / "swap/canary").write_bytes(b"inside")
        before, stop = fingerprint(outside), threading.Event()

        def swap() -> None:
            place, link, kept = inside / "swap", inside / "link", inside / "kept"
            link.symlink_to("../outside")
            while not stop.is_set():
                place.rename(kept)
                link.rename(place)
                place.rename(link)
                kept.rename(place)

        thread = threading.Thread(target=swap)
        thread.start()
        outside_ino = (outside / "canary").stat().st_ino
        reached = 0
        try:
            base = fs.directory("/m")
            path = "swap" if operation == "list" else "swap/canary"
            for attempts in range(100_000):
                if reached and attempts >= 1500:
                    break
                with suppress(SysError):
                    result = OPERATIONS[operation](fs, path, base, False)
                    reached += 1
                    assert CANARY not in repr(result).encode()
                    assert getattr(result, "ino", 0) != outside_ino
        finally:
            stop.set()
            thread.join()
        assert reached
        assert fingerprint(outside) == before
