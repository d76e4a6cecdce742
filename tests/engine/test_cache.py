from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from compat.engine import cache

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owners and modes of this kind")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPAT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/compat"),
        ("linux", {"HOME": "/h"}, "/h/.cache/compat"),
        ("freebsd14", {"HOME": "/h"}, "/h/.cache/compat"),
        ("darwin", {"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/h/Library/Caches/compat"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/compat"),
        ("linux", {"COMPAT_CACHE_DIR": "/c", "XDG_CACHE_HOME": "/x"}, "/c"),
    ],
)
def test_where_it_is(platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMPAT_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    if "HOME" in variables:
        monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", variables["HOME"]))
    assert cache.directory().replace(os.sep, "/") == expected


def test_keys_differ_by_configuration_and_content() -> None:
    keys = {cache.key(configuration, content) for configuration in ("a", "b") for content in (b"", b"a", b"b")}
    assert len(keys) == 6
    assert cache.key("a", b"b") == cache.key("a", b"b")


def test_what_was_put_is_there() -> None:
    assert cache.get("k.cwasm") is None
    cache.put("k.cwasm", b"one")
    cache.put("k.cwasm", memoryview(b"three"))
    path = cache.get("k.cwasm")
    assert path is not None
    assert Path(path).read_bytes() == b"three"


def test_a_copy_is_sealed_again(directory: Path) -> None:
    cache.put("k.cwasm", b"content")
    seal = directory / "k.cwasm.seal"
    before = seal.read_bytes()
    os.utime(directory / "k.cwasm", (1, 1))
    assert cache.get("k.cwasm") is not None
    assert seal.read_bytes() != before
    (directory / "k.cwasm").unlink()
    (directory / "k.cwasm").write_bytes(b"CONTENT")
    assert cache.get("k.cwasm") is None


@POSIX
def test_a_change_that_hides_its_time_is_found(directory: Path) -> None:
    cache.put("k.cwasm", b"content")
    path = directory / "k.cwasm"
    status = path.stat()
    path.write_bytes(b"CONTENT")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.get("k.cwasm") is None


@POSIX
def test_files_are_this_users_alone(directory: Path) -> None:
    cache.put("k.cwasm", b"content")
    path = directory / "k.cwasm"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o622)
    assert cache.get("k.cwasm") is None


@pytest.mark.parametrize("seal", [b"", b"\xff\xff", b"x" * 1000, b"0 0 0 0"])
def test_a_seal_that_is_none(directory: Path, seal: bytes) -> None:
    cache.put("k.cwasm", b"content")
    (directory / "k.cwasm.seal").write_bytes(seal)
    assert cache.get("k.cwasm") is None


def test_listing_and_cleaning(directory: Path) -> None:
    assert (list(cache.entries()), cache.size(), cache.clean()) == ([], 0, (0, 0))
    cache.put("a.cwasm", b"12345")
    cache.put("b.wasm", b"123")
    (directory / "c.cwasm.1.2.tmp").write_bytes(b"left by a process that died")
    (directory / "not-ours").write_bytes(b"")
    assert sorted((entry.name, entry.size) for entry in cache.entries()) == [("a.cwasm", 5), ("b.wasm", 3)]
    assert cache.size() == 8
    assert cache.clean() == (2, 8)
    assert [path.name for path in directory.iterdir()] == ["not-ours"]
