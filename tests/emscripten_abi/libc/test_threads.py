from __future__ import annotations

from typing import Any

import pytest

from compat.abi.guest import Exit
from compat.emscripten_abi.libc.threads import env
from compat.emscripten_abi.structs import Timespec
from compat.errors import Abort
from tests.emscripten_abi.world import World


def test_keys_hold_values(world: World) -> None:
    create, get, put = (
        world.function(env, f"_pthread_{name}") for name in ("key_create", "getspecific", "setspecific")
    )
    assert [create(at, 0) for at in (0x100, 0x104)] == [0, 0]
    one, two = world.memory.load_u32(0x100), world.memory.load_u32(0x104)
    assert one != two
    assert get(one) == 0
    assert put(one, 77) == 0
    assert (get(one), get(two)) == (77, 0)
    assert world.function(env, "_pthread_key_delete")(one) == 0
    assert (get(one), put(one, 1), world.function(env, "_pthread_key_delete")(one)) == (0, 22, 22)


def test_once_is_once(world: World) -> None:
    called: list[Any] = []
    world.guest.exports = {**world.guest.exports, "dynCall_v": called.append}
    world.memory.store_32(0x100, 0)
    once = world.function(env, "_pthread_once")
    assert [once(0x100, 5), once(0x100, 5)] == [0, 0]
    assert called == [5]
    assert world.untouched(0x104, 0x120)


def test_clean_up_runs_last_first(world: World) -> None:
    called: list[Any] = []
    world.guest.exports = {**world.guest.exports, "dynCall_vi": lambda *args: called.append(args)}
    push, pop = world.function(env, "_pthread_cleanup_push"), world.function(env, "_pthread_cleanup_pop")
    for i in range(4):
        push(10, i)
    pop(0)
    pop(1)
    with pytest.raises(Exit):
        world.function(env, "_pthread_exit")(0)
    assert called == [(10, 2), (10, 1), (10, 0)]
    with pytest.raises(Abort):
        pop(0)


def test_there_is_one_thread(world: World) -> None:
    names = ("_pthread_create", "_pthread_join", "_pthread_detach", "_pthread_cancel")
    arguments = ((0, 0, 0, 0), (1, 0), (1,), (1,))
    assert [world.function(env, n)(*a) for n, a in zip(names, arguments, strict=True)] == [11, 0, 0, 3]
    assert world.function(env, "_pthread_equal")(5, 5) == 1
    assert world.function(env, "_pthread_mutex_lock")(0x100) == 0
    assert world.untouched(0x100, 0x120)


def test_waiting_for_a_condition_ends_by_time(world: World) -> None:
    assert world.function(env, "_pthread_cond_wait")(0x100, 0x200) == 0
    world.memory.write(0x300, Timespec(sec=946_684_810).pack())
    assert world.function(env, "_pthread_cond_timedwait")(0x100, 0x200, 0x300) == 110
    assert world.process.clock.realtime() >= 946_684_810 * 10**9


def test_semaphores_count(world: World) -> None:
    init, post, wait, trywait, value = (
        world.function(env, f"_sem_{name}") for name in ("init", "post", "wait", "trywait", "getvalue")
    )
    assert init(0x100, 0, 1) == 0
    assert [post(0x100), wait(0x100), trywait(0x100)] == [0, 0, 0]
    assert trywait(0x100) == -1
    assert world.errno == 11
    assert value(0x100, 0x200) == 0
    assert world.memory.load_i32(0x200) == 0
    assert init(0x100, 0, -1) == -1
