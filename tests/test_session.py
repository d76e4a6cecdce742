"""What a session makes of its options, and in which order things happen."""

from __future__ import annotations

import pytest

from compat.abi.guest import Exit
from compat.errors import Trap, Unsupported
from compat.kernel.process import Mount
from compat.session import Options, Program, Session, parse_mount
from tests.conftest import Build
from tests.programs import emscripten, main, start, wasi

QUIET = Options(stdin=b"", capture=1000)


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("a", Mount("a", "a")),
        ("a::b", Mount("a", "b")),
        ("a:ro", Mount("a", "a", read_only=True)),
        ("a::b:ro", Mount("a", "b", read_only=True)),
        ("C:\\x::/y", Mount("C:\\x", "/y")),
        ("a::b::c", Mount("a", "b::c")),
    ],
)
def test_mounts_as_text(text: str, mount: Mount) -> None:
    assert parse_mount(text) == mount


@pytest.mark.parametrize("text", ["", "::", "::b", "a::", ":ro", "a:::ro"])
def test_no_mounts(text: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        parse_mount(text)


def test_nothing_of_the_guest_runs_before_it_is_started(build: Build) -> None:
    text = emscripten("(func $early (unreachable)) (start $early)" + main(""))
    with Session(Program(build(text), QUIET), (), QUIET) as session, pytest.raises(Trap):
        session.start()
    with Session(Program(build(text), QUIET), (), QUIET):
        pass


def test_exit_is_for_the_caller_but_of_main(build: Build) -> None:
    text = wasi('(func (export "f") (call $proc_exit (i32.const 6)))' + start("(call $proc_exit (i32.const 7))"))
    with Session(Program(build(text), QUIET), (), QUIET) as session:
        assert session.main() == 7
        with pytest.raises(Exit) as end:
            session.call(session.guest.exports["f"])
        assert end.value.status == 6


def test_a_bad_address_of_the_hosts_own_is_a_trap(build: Build) -> None:
    with Session(Program(build(wasi(start(""))), QUIET), (), QUIET) as session:
        session.start()
        with pytest.raises(Trap, match="memory that is not there"):
            session.enter(session.guest.memory.load_u32, -1)


def test_closing_twice_is_harmless(build: Build) -> None:
    session = Session(Program(build(wasi(start(""))), QUIET), (), QUIET)
    session.close()
    session.close()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('(module (import "go" "debug" (func (param i32))))', ["go", "needs ", "try: "]),
        ('(module (import "env" "a" (func)) (import "env" "b" (func)))', ["", "needs ", "try: "]),
    ],
)
def test_a_refusal_says_what_it_is_what_is_missing_and_what_to_type(build: Build, text: str, lines: list[str]) -> None:
    with pytest.raises(Unsupported) as refused:
        Session(Program(build(text), QUIET), (), QUIET)
    said = str(refused.value).splitlines()
    assert len(said) == len(lines)
    assert all(line in got for line, got in zip(lines, said, strict=True))
    assert said[0].startswith("program.wasm: ")
