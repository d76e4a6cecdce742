"""Programs that were built with threads: each thread runs in one of the host's, and all end with the program."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import compat
from compat.abi.memory import Memory
from compat.emscripten_abi import pthreads
from compat.emscripten_abi.guest import OWNED
from compat.emscripten_abi.pthreads.threads import MOST
from tests.emscripten_abi.loading import STACK, write_program

DYNAMIC_BASE = 135168
HEAP, FREED, EXIT_HANDLERS = 0x8_0000, 1004, 1008
"""Where `malloc` of the programs starts; words that count calls of `free`, and of the handlers at exit."""
SHARED = '(import "env" "memory" (memory 256 256 shared))'
EARLY, LATE = '(import "env" "getTempRet0" (func (result i32)))', '(import "env" "___syscall20" (func (result i32)))'
"""What tells detection that a program was made before 1.39.6, or from 1.39.9 on."""
IMPORTS = {
    "create": ("_pthread_create", "i(iiii)"),
    "join": ("_pthread_join", "i(ii)"),
    "tryjoin": ("_pthread_tryjoin_np", "i(ii)"),
    "detach": ("_pthread_detach", "i(i)"),
    "cancel": ("_pthread_cancel", "i(i)"),
    "kill": ("_pthread_kill", "i(ii)"),
    "leave": ("_pthread_exit", "v(i)"),
    "push": ("_pthread_cleanup_push", "v(ii)"),
    "pop": ("_pthread_cleanup_pop", "v(i)"),
    "wait": ("_emscripten_futex_wait", "i(iid)"),
    "wake": ("_emscripten_futex_wake", "i(ii)"),
    "requeue": ("_emscripten_futex_wake_or_requeue", "i(iiii)"),
    "exit": ("_exit", "v(i)"),
    "atexit": ("_atexit", "i(i)"),
    "now": ("_emscripten_get_now", "d()"),
    "write": ("___syscall4", "i(ii)"),
    "tell": ("__emscripten_notify_thread_queue", "i(ii)"),
    "initialise": ("_initPthreadsJS", "v()"),
    "call_main": ("___call_main", "i(ii)"),
    "cores": ("_emscripten_num_logical_cores", "i()"),
    "set_cores": ("_emscripten_force_num_logical_cores", "v(i)"),
    "threading": ("_emscripten_has_threading_support", "i()"),
    "getschedparam": ("_pthread_getschedparam", "i(iii)"),
    "setschedparam": ("_pthread_setschedparam", "i(iii)"),
    "setschedprio": ("_pthread_setschedprio", "i(ii)"),
    "getconcurrency": ("_pthread_getconcurrency", "i()"),
    "setconcurrency": ("_pthread_setconcurrency", "i(i)"),
    "getprioceiling": ("_pthread_mutexattr_getprioceiling", "i(ii)"),
    "setprioceiling": ("_pthread_mutexattr_setprioceiling", "i(ii)"),
    "getcpuclockid": ("_pthread_getcpuclockid", "i(ii)"),
    "syscall": ("_emscripten_syscall", "i(ii)"),
    "blocking": ("_emscripten_check_blocking_allowed", "v()"),
    "status": ("_emscripten_set_current_thread_status_js", "v(i)"),
    "status_if": ("_emscripten_conditional_set_current_thread_status_js", "v(ii)"),
    "name": ("_emscripten_set_thread_name_js", "v(ii)"),
    "receive": ("_emscripten_receive_on_main_thread_js", "d(iii)"),
    "own": ("_own", "i(i)"),
}
"""Of what the programs can call: a name for it, the name of the import, and its type."""
WORDS = {"i": "i32", "d": "f64"}


def _import(short: str, name: str, type: str) -> str:
    result, params = type[0], type[2:-1]
    clauses = "".join(f" (param {WORDS[letter]})" for letter in params) + f" (result {WORDS.get(result)})" * (
        result != "v"
    )
    return f'(import "env" "{name}" (func ${short}{clauses}))'


def program(functions: str, *, threads: str = "", imports: str = "", release: str = EARLY) -> str:
    """A program with these functions, those of them in its table that `threads` names, from 1 on."""
    used = "".join(_import(short, *entry) for short, entry in IMPORTS.items() if f"(call ${short}" in functions)
    return f"""{SHARED} {release} {used} {imports} {STACK}
      (type $i (func (param i32) (result i32))) (type $v (func (param i32)))
      (global $self (mut i32) (i32.const 0)) (global $stack (mut i32) (i32.const 0))
      (table 16 funcref) (elem (i32.const 1) {threads})
      (func (export "_malloc") (param i32) (result i32)
        (i32.add (i32.const {HEAP})
          (i32.atomic.rmw.add (i32.const 1000) (i32.and (i32.add (local.get 0) (i32.const 31)) (i32.const -16)))))
      (func (export "_free") (param i32) (drop (i32.atomic.rmw.add (i32.const {FREED}) (i32.const 1))))
      (func (export "__register_pthread_ptr") (param i32 i32 i32) (global.set $self (local.get 0)))
      (func (export "_emscripten_register_main_browser_thread_id") (param i32))
      (func (export "establishStackSpace") (param i32 i32) (global.set $stack (local.get 0)))
      (func (export "dynCall_ii") (param i32 i32) (result i32)
        (call_indirect (type $i) (local.get 1) (local.get 0)))
      (func (export "dynCall_vi") (param i32 i32) (call_indirect (type $v) (local.get 1) (local.get 0)))
      (func (export "dynCall_v") (param i32)
        (drop (i32.atomic.rmw.add (i32.const {EXIT_HANDLERS}) (local.get 0))))
      (func (export "self") (result i32) (global.get $self))
      {functions}"""


START = """(func $start (export "start") (param $function i32) (param $argument i32) (result i32)
    (if (call $create (i32.const 1100) (i32.const 3900) (local.get $function) (local.get $argument)) (then unreachable))
    (i32.load (i32.const 1100)))
  (func $finish (export "finish") (param i32) (result i32)
    (if (call $join (local.get 0) (i32.const 1104)) (then unreachable))
    (i32.load (i32.const 1104)))"""
"""Functions to create a thread, with a small stack, and to wait for its result."""
SPIN = "(func $spin (param i32) (result i32) (loop $l (br $l)) (i32.const 0))"
SLEEP = """(func $sleep (param i32) (result i32)
    (call $wait (i32.const 2000) (i32.const 0) (f64.const inf)))"""


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "compat guest thread"]


def load(path: Path, text: str, **options: object) -> compat.Module:
    return compat.load(write_program(path / "program.wasm", text), abi="emscripten", **options)  # type: ignore[arg-type]


def run(path: Path, text: str, **options: object) -> compat.Result:
    return compat.run(write_program(path / "program.wasm", text), abi="emscripten", **options)  # type: ignore[arg-type]


def test_every_function_is_called_here() -> None:
    full = {row.name for row in pthreads.env.rows if "{" not in row.name}
    assert full <= {name for name, _ in IMPORTS.values()}


# --- the first thread


@pytest.mark.parametrize(
    ("release", "self", "tid", "tsd", "robust"), [(EARLY, 24, 52, 116, 168), (LATE, 12, 40, 104, 156)]
)
def test_the_main_thread_is_registered(
    tmp_path: Path, release: str, self: int, tid: int, tsd: int, robust: int
) -> None:
    text = program(
        """(func (export "globalCtors") (call $initialise) (i32.store (i32.const 1040) (global.get $self)))
      (func (export "_main") (param i32 i32) (result i32) (i32.add (i32.const 60) (local.get 0)))
      (func (export "main") (result i32) (call $call_main (i32.const 3) (i32.const 0)))""",
        release=release,
    )
    with load(tmp_path, text) as module:
        word = module.memory.load_u32
        thread = module.call("self")
        assert isinstance(thread, int)
        assert DYNAMIC_BASE <= thread < DYNAMIC_BASE + OWNED
        assert word(1040) == thread  # before the first constructor
        assert (word(thread + self), word(thread + tid), word(thread + tid + 4)) == (thread, thread, 42)
        assert word(thread + robust) == thread + robust
        assert not any(module.memory.read(word(thread + tsd), 4 * 128))
        assert module.call("main") == 63
        assert "pthreads" in module.detection.features
        assert not module.detection.needs


def test_what_a_host_says_of_its_threads(tmp_path: Path) -> None:
    text = program("""
      (func (export "cores") (param i32) (result i32)
        (if (local.get 0) (then (call $set_cores (local.get 0)))) (call $cores))
      (func (export "threading") (result i32) (call $threading))
      (func (export "concurrency") (result i32) (i32.add (call $setconcurrency (i32.const 3)) (call $getconcurrency)))
      (func (export "ceiling") (result i32)
        (i32.add (call $getprioceiling (i32.const 0) (i32.const 1100))
          (call $setprioceiling (i32.const 0) (i32.const 1))))
      (func (export "clock") (result i32) (call $getcpuclockid (global.get $self) (i32.const 1100)))
      (func (export "set") (param i32 i32) (result i32)
        (i32.store (i32.const 1200) (local.get 1))
        (call $setschedparam (global.get $self) (local.get 0) (i32.const 1200)))
      (func (export "priority") (param i32) (result i32) (call $setschedprio (global.get $self) (local.get 0)))
      (func (export "get") (param i32 i32) (result i32)
        (call $getschedparam (global.get $self) (local.get 0) (local.get 1)))
      (func (export "ignored")
        (call $blocking) (call $status (i32.const 1)) (call $status_if (i32.const 1) (i32.const 2))
        (call $name (global.get $self) (i32.const 1100)))
      (func (export "pid") (result i32) (call $syscall (i32.const 20) (i32.const 0)))
      (func (export "no_call") (result i32) (call $syscall (i32.const 400) (i32.const 0)))
      (func (export "receive") (drop (call $receive (i32.const 1) (i32.const 0) (i32.const 0))))""")
    with load(tmp_path, text) as module:
        assert [module.call("cores", n) for n in (0, 7, 0)] == [4, 7, 7]
        assert [module.call(name) for name in ("threading", "concurrency", "ceiling", "clock")] == [1, 0, 1, 2]
        assert module.memory.load_u32(1100) == 99
        assert [module.call("set", *given) for given in ((1, 99), (1, 100), (0, 2), (0, -1))] == [0, 22, 22, 22]
        assert module.call("get", 1104, 1108) == 0
        assert (module.memory.load_u32(1104), module.memory.load_u32(1108)) == (1, 99)
        assert [module.call("priority", n) for n in (5, 100, -1)] == [0, 22, 22]
        assert module.call("get", 0, 1108) == 0
        assert module.memory.load_u32(1108) == 5
        assert module.call("get", 0, 0) == 22
        module.call("ignored")
        assert module.call("pid") == 42
        for name in ("no_call", "receive"):
            with pytest.raises(compat.Abort):
                module.call(name)


# --- create and join


def test_threads_share_memory_and_nothing_else(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param $slot i32) (result i32) (local $i i32)
        (i32.store (local.get $slot) (global.get $self))
        (i32.store offset=4 (local.get $slot) (global.get $stack))
        (loop $l
          (drop (i32.atomic.rmw.add (i32.const 1200) (i32.const 1)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $i) (i32.const 20000))))
        (i32.add (local.get $slot) (i32.const 1)))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        slots = range(3000, 3000 + 16 * 8, 8)
        threads = [module.call("start", 1, slot) for slot in slots]
        assert [module.call("finish", thread) for thread in threads if thread] == [slot + 1 for slot in slots]
        word = module.memory.load_u32
        assert word(1200) == 16 * 20000
        assert [word(slot) for slot in slots] == threads
        assert len({word(slot + 4) for slot in slots} | {0}) == 17
        assert module.call("self") not in threads
        assert word(FREED) == 32  # a struct and a stack each


@pytest.mark.parametrize(("release", "shift"), [(EARLY, 0), (LATE, 12)])
def test_what_a_thread_is_told_of_itself(tmp_path: Path, release: str, shift: int) -> None:
    text = program(
        """(func (export "start") (param i32) (result i32)
        (call $create (i32.const 1100) (local.get 0) (i32.const 1) (i32.const 0)))
      (func (export "_emscripten_get_global_libc") (result i32) (i32.const 5000))
      (func $work (param i32) (result i32) (i32.store (i32.const 1104) (global.get $stack)) (i32.const 0))
      (func (export "finish") (param i32) (result i32) (call $join (local.get 0) (i32.const 0)))""",
        threads="$work",
        release=release,
    )
    with load(tmp_path, text) as module:
        memory = module.memory
        attributes = (100_000, 0, 0x9_0000, 0, 1, 2, 33)
        for index, value in enumerate(attributes):
            memory.store_32(2000 + 4 * index, value)
        assert module.call("start", 2000) == 0
        thread = memory.load_u32(1100)

        def field(offset: int) -> int:
            return memory.load_u32(thread + offset - shift)

        assert (field(24), field(52), field(56)) == (thread, thread, 42)
        assert (field(92), field(96), field(188)) == (0x9_0000, 181_920, 5040)
        assert [field(120 + 4 * index) for index in (0, 2, 3, 5, 6)] == [181_920, 0x9_0000, 0, 2, 33]
        assert field(168) == thread + 168 - shift
        assert module.call("finish", thread) == 0
        assert memory.load_u32(1104) == 0x9_0000 - 181_920
        assert memory.load_u32(FREED) == 1  # The stack is the program's.
        memory.store_32(2000, 0x7FFF_FFFF)
        memory.store_32(2008, 0)
        assert module.call("start", 2000) == (6 if shift else 11)


def test_joining(tmp_path: Path) -> None:
    text = program(
        f"""{START} {SLEEP}
      (func $nothing (param i32) (result i32) (i32.const 7))
      (func $joins_itself (param i32) (result i32) (call $join (global.get $self) (i32.const 0)))
      (func (export "join") (param i32) (result i32) (call $join (local.get 0) (i32.const 1104)))
      (func (export "tryjoin") (param i32) (result i32) (call $tryjoin (local.get 0) (i32.const 1104)))
      (func (export "detach") (param i32) (result i32) (call $detach (local.get 0)))
      (func (export "kill") (param i32 i32) (result i32) (call $kill (local.get 0) (local.get 1)))
      (func (export "release") (i32.store (i32.const 2000) (i32.const 1))
        (drop (call $wake (i32.const 2000) (i32.const 0x7fffffff))))""",
        threads="$nothing $joins_itself $sleep",
    )
    with load(tmp_path, text) as module:
        call = module.call
        assert call("finish", call("start", 2, 0) or 0) == 35
        thread = call("start", 3, 0) or 0
        assert (call("tryjoin", thread), call("kill", thread, 0), call("kill", thread, 65)) == (16, 0, 22)
        call("release")
        assert (call("join", thread), call("join", thread), call("tryjoin", thread)) == (0, 3, 3)
        assert call("kill", thread, 0) == 3
        thread = call("start", 1, 0) or 0
        assert (call("detach", thread), call("detach", 5)) == (0, 3)
        assert call("join", thread) in (22, 3)  # 3 if it has ended meanwhile
        assert call("join", call("self") or 0) == 35


def test_a_thread_starts_when_its_creator_is_back(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param i32) (result i32) (i32.load (i32.const 1200)))
      (func (export "begin") (result i32) (local $i i32) (local $thread i32)
        (local.set $thread (call $start (i32.const 1) (i32.const 0)))
        (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
        (i32.store (i32.const 1200) (i32.const 5))
        (local.get $thread))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        for _ in range(20):
            module.memory.store_32(1200, 0)
            assert module.call("finish", module.call("begin") or 0) == 5


def test_a_creator_that_spins_is_not_waited_for(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param i32) (result i32) (i32.atomic.store (i32.const 1200) (i32.const 1)) (i32.const 3))
      (func (export "begin") (result i32) (local $thread i32)
        (local.set $thread (call $start (i32.const 1) (i32.const 0)))
        (loop $l (br_if $l (i32.eqz (i32.atomic.load (i32.const 1200)))))
        (call $finish (local.get $thread)))""",
        threads="$work",
    )
    with load(tmp_path, text, timeout=60) as module:
        assert module.call("begin") == 3


# --- waiting


LOCKED = """
  (func $lock (local $seen i32)
    (if (i32.atomic.rmw.cmpxchg (i32.const 1200) (i32.const 0) (i32.const 1))
      (then (loop $l
        (if (i32.atomic.rmw.xchg (i32.const 1200) (i32.const 2))
          (then (drop (call $wait (i32.const 1200) (i32.const 2) (f64.const inf))) (br $l)))))))
  (func $unlock
    (if (i32.eq (i32.atomic.rmw.xchg (i32.const 1200) (i32.const 0)) (i32.const 2))
      (then (drop (call $wake (i32.const 1200) (i32.const 1))))))"""
"""A mutex of three states, as U. Drepper's "Futexes are tricky" has it."""


def test_a_lock_excludes(tmp_path: Path) -> None:
    text = program(
        f"""{START} {LOCKED}
      (func $work (param i32) (result i32) (local $i i32)
        (loop $l
          (call $lock)
          (i32.store (i32.const 1300) (i32.add (i32.load (i32.const 1300)) (i32.const 1)))
          (drop (call $now))
          (i32.store (i32.const 1304) (i32.add (i32.load (i32.const 1304)) (i32.const 1)))
          (call $unlock)
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))
        (i32.const 0))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        threads = [module.call("start", 1, 0) or 0 for _ in range(8)]
        for thread in threads:
            module.call("finish", thread)
        assert (module.memory.load_u32(1300), module.memory.load_u32(1304)) == (4000, 4000)


def test_waiting_and_waking(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param $word i32) (result i32) (local $result i32)
        (drop (i32.atomic.rmw.add (i32.const 1200) (i32.const 1)))
        (local.set $result (call $wait (local.get $word) (i32.const 0) (f64.const inf)))
        (drop (i32.atomic.rmw.add (i32.const 1204) (i32.const 1)))
        (local.get $result))
      (func (export "wait") (param i32 i32 f64) (result i32) (call $wait (local.get 0) (local.get 1) (local.get 2)))
      (func (export "wake") (param i32 i32) (result i32) (call $wake (local.get 0) (local.get 1)))
      (func (export "requeue") (param i32 i32 i32 i32) (result i32)
        (call $requeue (local.get 0) (local.get 1) (local.get 2) (local.get 3)))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        call, most = module.call, 0x7FFF_FFFF

        def woken(word: int, count: int) -> int:
            """Until so many have been woken, as they come to wait in their time."""
            total = 0
            while total < count:
                total += call("wake", word, count - total) or 0  # type: ignore[assignment]
            return total

        assert call("wait", 2000, 0, 1.5) == -110
        assert call("wait", 2000, 1, 1.5) == call("wait", 2000, 1, float("inf")) == -11
        assert [call("wait", at, 0, 1.5) for at in (0, 2001, -8, 256 * 65536)] == [-22] * 4
        for forever in (float("inf"), float("nan")):
            with pytest.raises(compat.Abort, match="waits for another thread, and there is none"):
                call("wait", 2000, 0, forever)
        threads = [call("start", 1, 2000) or 0 for _ in range(6)]
        assert call("wait", 2004, 0, 5.0) == -110
        assert woken(2000, 2) == 2
        while call("requeue", 2000, 1, 2008, 0) != 1:
            pass
        assert call("requeue", 2000, 1, 2008, 9) == -11
        assert [call("requeue", *given) for given in ((2000, -1, 2008, 0), (2000, 0, 2, 0), (0, 0, 8, 0))] == [-22] * 3
        assert woken(2008, 1) == 1
        while module.memory.load_u32(1204) < 4:
            call("wait", 2004, 0, 1.0)
        while module.memory.load_u32(1204) < 6:
            call("wake", 2000, most)
            call("wake", 2008, most)
        assert [call("finish", thread) for thread in threads] == [0] * 6
        assert [call("wake", *given) for given in ((2000, most), (2000, 0), (2000, -1), (0, 1), (2001, 1))] == [
            *(0, 0, -22, -22, -22)
        ]


# --- the end of a thread


HANDLERS = """
  (func $note (param i32)
    (i32.store (i32.add (i32.const 1300) (i32.shl (i32.atomic.rmw.add (i32.const 1296) (i32.const 1)) (i32.const 2)))
      (local.get 0)))
  (func (export "___pthread_tsd_run_dtors") (call $note (i32.const 99)))"""


def notes(memory: Memory) -> list[int]:
    return [memory.load_u32(1300 + 4 * index) for index in range(memory.load_u32(1296))]


@pytest.mark.parametrize(
    ("way", "result"), [("(call $leave (i32.const 8))", 8), ("(call $pop (i32.const 1)) (return (i32.const 9))", 9)]
)
def test_handlers_run_last_first(tmp_path: Path, way: str, result: int) -> None:
    text = program(
        f"""{START} {HANDLERS}
      (func $work (param i32) (result i32)
        (call $push (i32.const 2) (i32.const 1)) (call $push (i32.const 2) (i32.const 2))
        (call $push (i32.const 2) (i32.const 3)) (call $pop (i32.const 0))
        {way} (i32.const 0))""",
        threads="$work $note",
    )
    with load(tmp_path, text) as module:
        assert module.call("finish", module.call("start", 1, 0) or 0) == result
        assert notes(module.memory) == [2, 1, 99]


def test_a_thread_is_cancelled_where_it_waits_for_another(tmp_path: Path) -> None:
    text = program(
        f"""{START} {HANDLERS} {SLEEP}
      (func $joins (param i32) (result i32)
        (call $push (i32.const 2) (i32.const 5)) (call $join (local.get 0) (i32.const 0)))
      (func (export "cancel") (param i32) (result i32) (call $cancel (local.get 0)))""",
        threads="$joins $note $sleep",
    )
    with load(tmp_path, text) as module:
        sleeper = module.call("start", 3, 0) or 0
        thread = module.call("start", 1, sleeper) or 0
        assert [module.call("cancel", at) for at in (thread, 7, module.call("self") or 0)] == [0, 3, 3]
        assert module.call("finish", thread) == -1
        assert notes(module.memory) == [5, 99]


# --- the end of the program


def test_exit_in_a_thread_ends_all(tmp_path: Path) -> None:
    text = program(
        f"""{SPIN} {SLEEP}
      (func $work (param i32) (result i32) (call $exit (i32.const 42)) (i32.const 0))
      (func $create_one (param i32)
        (if (call $create (i32.const 1100) (i32.const 0) (local.get 0) (i32.const 0)) (then unreachable)))
      (func (export "_fflush") (param i32) (result i32)
        (drop (call $write (i32.const 4) (i32.const 1400))) (i32.const 0))
      (func (export "_main") (result i32)
        (drop (call $atexit (i32.const 6)))
        (i32.store (i32.const 1400) (i32.const 1)) (i32.store (i32.const 1404) (i32.const 1420))
        (i32.store (i32.const 1408) (i32.const 4)) (i32.store (i32.const 1420) (i32.const 0x0a796262))
        (call $create_one (i32.const 2)) (call $create_one (i32.const 3)) (call $create_one (i32.const 1))
        (call $sleep (i32.const 0)))""",
        threads="$work $spin $sleep",
    )
    for _ in range(10):
        assert run(tmp_path, text)[:3] == (42, b"bby\n", b"")


ENDS = {
    "unreachable": (compat.Trap, "unreachable"),
    "(drop (i32.load (i32.const -8)))": (compat.Trap, "out of bounds"),
    "(drop (i32.div_s (i32.const 1) (local.get 0)))": (compat.Trap, "divide by zero"),
    "(drop (call $work (i32.add (local.get 0) (i32.const 1))))": (compat.Trap, "call stack exhausted"),
    "(drop (call $own (i32.const 1)))": (compat.Abort, "own end"),
    "(call $pop (i32.const 0))": (compat.Abort, "without"),
}


@pytest.mark.parametrize("code", ENDS)
@pytest.mark.parametrize("main", ["(drop (call $spin (i32.const 0)))", "(drop (call $sleep (i32.const 0)))"])
def test_what_ends_a_thread_ends_the_program(tmp_path: Path, code: str, main: str) -> None:
    def own(memory: Memory, value: int) -> int:
        raise compat.Abort("own end")

    text = program(
        f"""{SPIN} {SLEEP} {START} (func $work (param i32) (result i32) {code} (i32.const 0))
      (func (export "_main") (result i32)
        (drop (call $start (i32.const 2) (i32.const 0))) (drop (call $start (i32.const 1) (i32.const 0)))
        {main} (i32.const 0))""",
        threads="$work $spin",
    )
    error = run(tmp_path, text, imports={"env._own": own} if "$own" in code else {}).error
    assert isinstance(error, ENDS[code][0])
    assert ENDS[code][1] in str(error)


def test_an_exception_of_a_host_function_comes_out_as_itself(tmp_path: Path) -> None:
    def own(memory: Memory, value: int) -> int:
        raise LookupError(value)

    text = program(
        f"""{START} (func $work (param i32) (result i32) (call $own (local.get 0)))
      (func (export "_main") (result i32) (call $finish (call $start (i32.const 1) (i32.const 5))))""",
        threads="$work",
    )
    with pytest.raises(LookupError, match="5"):
        run(tmp_path, text, imports={"env._own": own})


@pytest.mark.parametrize("main", ["(drop (call $spin (i32.const 0)))", "(drop (call $sleep (i32.const 0)))"])
def test_a_time_limit_ends_all(tmp_path: Path, main: str) -> None:
    text = program(
        f"""{SPIN} {SLEEP} {START}
      (func (export "_main") (result i32)
        (drop (call $start (i32.const 1) (i32.const 0))) (drop (call $start (i32.const 2) (i32.const 0)))
        {main} (i32.const 0))""",
        threads="$spin $sleep",
    )
    result = run(tmp_path, text, timeout=0.3)
    assert (result.status, type(result.error)) == (124, compat.TimeLimit)


def test_returning_from_main_ends_all(tmp_path: Path) -> None:
    text = program(
        f"""{SPIN} {SLEEP} {START}
      (func (export "_main") (result i32)
        (drop (call $start (i32.const 1) (i32.const 0))) (drop (call $start (i32.const 2) (i32.const 0)))
        (i32.const 3))""",
        threads="$spin $sleep",
    )
    path = write_program(tmp_path / "program.wasm", text)
    assert Counter(compat.run(path, abi="emscripten").status for _ in range(100)) == {3: 100}


def test_a_program_outlives_its_first_thread(tmp_path: Path) -> None:
    text = program(
        f"""{START} {HANDLERS}
      (func $work (param i32) (result i32)
        (drop (call $wait (i32.const 2000) (i32.const 0) (f64.const 30)))
        (call $note (i32.const 4)) (i32.const 0))
      (func (export "_fflush") (param i32) (result i32)
        (i32.store (i32.const 1400) (i32.const 1)) (i32.store (i32.const 1404) (i32.const 1296))
        (i32.store (i32.const 1408) (i32.const 16))
        (call $write (i32.const 4) (i32.const 1400)))
      (func (export "_main") (result i32)
        (call $push (i32.const 2) (i32.const 6))
        (drop (call $start (i32.const 1) (i32.const 0))) (call $leave (i32.const 1)) (i32.const 5))""",
        threads="$work $note",
    )
    result = run(tmp_path, text)
    words = [int.from_bytes(result.stdout[at : at + 4], "little") for at in range(0, 16, 4)]
    assert (result.status, words) == (0, [3, 6, 4, 99])


def test_a_library_is_closed_over_its_threads(tmp_path: Path) -> None:
    text = program(
        f"""{SPIN} {SLEEP} {START} (func (export "own") (result i32) (call $own (i32.const 0)))""",
        threads="$spin $sleep",
    )
    modules: list[compat.Module] = []

    def own(memory: Memory, value: int) -> int:
        with pytest.raises(RuntimeError, match="inside"):
            modules[0].close()
        return 3

    with load(tmp_path, text, imports={"env._own": own}) as module:
        modules.append(module)
        threads = [module.call("start", 1 + n % 2, 0) for n in range(6)]
        assert len(set(threads)) == 6
        assert module.call("own") == 3
        with module.another() as other:
            assert other.call("start", 1, 0) == threads[0]


# --- limits


def test_there_are_only_so_many(tmp_path: Path) -> None:
    text = program(
        f"""{SLEEP}
      (func (export "_main") (result i32) (local $i i32) (local $error i32)
        (loop $l
          (local.set $error (call $create (i32.const 1100) (i32.const 3000) (i32.const 1) (i32.const 0)))
          (if (i32.eqz (local.get $error))
            (then (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l))))
        (if (i32.ne (local.get $error) (i32.const 11)) (then unreachable))
        (call $exit (i32.sub (local.get $i) (i32.const {MOST - 7})))
        (i32.const 0))""",
        threads="$sleep",
    )
    # Stacks of the program's own memory: `malloc` has no room for so many others.
    with_stack = text.replace("(loop $l", "(i32.store (i32.const 3008) (i32.const 0x70000)) (loop $l", 1)
    assert run(tmp_path, with_stack).status == 7


def test_threads_that_come_and_go_leave_nothing(tmp_path: Path) -> None:
    text = program(
        f"""{START} (func $nothing (param i32) (result i32) (i32.const 1))
      (func (export "once") (param i32) (result i32) (i32.atomic.store (i32.const 1000) (i32.const 0))
        (drop (call $create (i32.const 1100) (local.get 0) (i32.const 1) (i32.const 0)))
        (i32.load (i32.const 1100)))""",
        threads="$nothing",
    )
    with load(tmp_path, text) as module:
        for _ in range(2 * MOST):
            assert module.call("finish", module.call("once", 0) or 0) == 1
        assert module.memory.load_u32(FREED) == 4 * MOST


def test_shared_memory_grows_within_the_limit(tmp_path: Path) -> None:
    text = program(
        f"""{START} (func $work (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (memory.size))""",
        threads="$work",
    ).replace("256 256 shared", "256 1024 shared")
    with load(tmp_path, text, max_memory=300 << 16) as module:
        for pages, before, after in ((40, 256, 296), (10, -1, 296), (4, 296, 300)):
            assert module.call("finish", module.call("start", 1, pages) or 0) == before
            assert (module.call("size"), module.memory.size) == (after, after << 16)
    with pytest.raises(compat.MemoryLimit):
        load(tmp_path, text, max_memory=200 << 16)


def test_what_no_host_could_end_is_refused(tmp_path: Path) -> None:
    wait = "memory.atomic.wait32 (i32.const 1024) (i32.const 0) (i64.const -1)"
    with pytest.raises(compat.Unsupported, match="in an instruction"):
        load(tmp_path, program(f'(func (export "wait") (result i32) ({wait}))'))
    with pytest.raises(compat.Unsupported, match="static data"):
        load(tmp_path, program('(data (i32.const 1024) "abc")'))


# --- the host


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param $slot i32) (result i32) (local $i i32)
        (i32.store (local.get $slot) (i32.const 1))
        (i32.store offset=4 (local.get $slot) (i32.add (local.get $slot) (i32.const 16)))
        (i32.store offset=8 (local.get $slot) (i32.const 64))
        (memory.fill (i32.add (local.get $slot) (i32.const 16))
          (i32.add (i32.const 97) (i32.shr_u (i32.sub (local.get $slot) (i32.const 4000)) (i32.const 7)))
          (i32.const 63))
        (i32.store8 (i32.add (local.get $slot) (i32.const 79)) (i32.const 10))
        (loop $l
          (drop (call $write (i32.const 4) (local.get $slot)))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
        (i32.const 0))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        threads = [module.call("start", 1, 4000 + 128 * n) or 0 for n in range(8)]
        for thread in threads:
            module.call("finish", thread)
        counted = Counter(module.stdout.splitlines(keepends=True))
    assert counted == {bytes([97 + n]) * 63 + b"\n": 200 for n in range(8)}


def test_host_functions_run_one_at_a_time(tmp_path: Path) -> None:
    inside = []
    overlaps = []

    def own(memory: Memory, value: int) -> int:
        overlaps.extend(inside)
        inside.append(value)
        total = sum(range(200))
        inside.remove(value)
        return total

    text = program(
        f"""{START}
      (func $work (param i32) (result i32) (local $i i32) (local $sum i32)
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (call $own (local.get 0))))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300))))
        (local.get $sum))""",
        threads="$work",
    )
    with load(tmp_path, text, imports={"env._own": own}) as module:
        threads = [module.call("start", 1, n) or 0 for n in range(6)]
        assert [module.call("finish", thread) for thread in threads] == [300 * 19900] * 6
    assert not overlaps


def test_the_first_thread_makes_the_calls_of_others(tmp_path: Path) -> None:
    text = program(
        f"""{START}
      (func $work (param i32) (result i32)
        (i32.store (i32.const 1500) (i32.const 1))
        (if (i32.eqz (call $tell (local.get 0) (local.get 0))) (then unreachable))
        (if (call $tell (i32.const 5) (local.get 0)) (then unreachable))
        (loop $l
          (drop (call $wait (i32.const 1504) (i32.const 0) (f64.const 1)))
          (br_if $l (i32.eqz (i32.atomic.load (i32.const 1504)))))
        (i32.load (i32.const 1504)))
      (func (export "_emscripten_main_thread_process_queued_calls")
        (if (i32.load (i32.const 1500)) (then
          (i32.store (i32.const 1500) (i32.const 0))
          (i32.atomic.store (i32.const 1504) (global.get $self))
          (drop (call $wake (i32.const 1504) (i32.const 1))))))""",
        threads="$work",
    )
    with load(tmp_path, text) as module:
        for _ in range(20):
            module.memory.store_32(1504, 0)
            assert module.call("finish", module.call("start", 1, module.call("self") or 0) or 0) == module.call("self")


def test_blocks_of_the_library_for_threads(tmp_path: Path) -> None:
    glue = """var ASM_CONSTS=[function(){postMessage({cmd:"processQueuedMainThreadWork"})},
      function($0){PThread.pthreads[$0].worker.postMessage({cmd:'processThreadQueue'});return 1},
      function(){return!!Module["canvas"]},function(){throw"Canceled!"}];WebAssembly;"program.wasm";"""
    (tmp_path / "program.js").write_text(glue)
    text = program(
        f"""{START} {HANDLERS}
      (func $cancelled (param i32) (result i32) (call $push (i32.const 2) (i32.const 5)) (call $block (i32.const 3)))
      (func (export "canvas") (result i32) (call $block (i32.const 2)))
      (func (export "queue") (param i32) (result i32) (call $block_1 (i32.const 1) (local.get 0)))
      (func $main_queue (export "main queue") (param i32) (result i32) (call $block (i32.const 0)))
      (func (export "_emscripten_main_thread_process_queued_calls") (call $note (i32.const 8)))""",
        threads="$cancelled $note $main_queue",
        imports="""(import "env" "_emscripten_asm_const_i" (func $block (param i32) (result i32)))
          (import "env" "_emscripten_asm_const_ii" (func $block_1 (param i32 i32) (result i32)))""",
    )
    with load(tmp_path, text) as module:
        assert module.call("finish", module.call("start", 1, 0) or 0) == -1
        assert notes(module.memory) == [5, 99]
        assert [module.call("queue", at) for at in (module.call("self") or 0, 5)] == [1, 0]
        assert notes(module.memory) == [5, 99, 8]
        with pytest.raises(compat.MissingImport, match="allow-js"):
            module.call("canvas")


def test_no_library_is_loaded_into_some_threads_only(tmp_path: Path) -> None:
    with load(tmp_path, program("")) as module, pytest.raises(compat.Unsupported, match="has threads"):
        module.load_library(tmp_path / "program.wasm")
