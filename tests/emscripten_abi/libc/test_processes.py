from __future__ import annotations

import pytest

from compat.emscripten_abi.libc.processes import env
from tests.emscripten_abi.world import World


@pytest.mark.parametrize(
    ("name", "arguments", "result", "errno"),
    [
        ("_fork", (), -1, 11),
        ("_vfork", (), -1, 11),
        ("_execve", (0, 0, 0), -1, 8),
        ("_execvp", (0, 0), -1, 8),
        ("_system", (0x100,), -1, 11),
        ("_popen", (0x100, 0x100), 0, 11),
        ("_wait", (0,), -1, 10),
        ("_waitpid", (-1, 0, 0), -1, 10),
        ("_wait4", (-1, 0, 0, 0), -1, 10),
    ],
)
def test_there_are_no_other_processes(
    world: World, name: str, arguments: tuple[int, ...], result: int, errno: int
) -> None:
    assert world.function(env, name)(*arguments) == result
    assert world.errno == errno


def test_there_is_no_shell(world: World) -> None:
    assert world.function(env, "_system")(0) == 0


def test_spawning_returns_its_error(any_world: World) -> None:
    assert any_world.function(env, "_posix_spawnp")(0, 0, 0, 0, 0, 0) in (11, 6)
