"""What the bridge of an Emscripten guest asks of an engine (RATIONALE.md), on a small guest and bridge by hand.

The guest imports the bridge, and the bridge calls back into the guest through a table that is filled once both exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compat.errors import GuestException
from tests.engine.conftest import link

if TYPE_CHECKING:
    from compat.engine.protocol import Engine, Instance, Store

BRIDGE = """(module $bridge
  (import "host" "exit" (func $exit (param i32)))
  (tag $throw (export "throw"))
  (global $temp_ret (mut i32) (i32.const 0))
  (table $links (export "links") 4 funcref)
  (type $v (func)) (type $vi (func (param i32))) (type $vii (func (param i32 i32)))
  (type $i (func (result i32))) (type $iii (func (param i32 i32) (result i32)))
  (func (export "setTempRet0") (param i32) (global.set $temp_ret (local.get 0)))
  (func (export "getTempRet0") (result i32) (global.get $temp_ret))
  (func (export "exit") (param i32) (call $exit (local.get 0)))
  (func (export "___cxa_throw") (param i32) (global.set $temp_ret (local.get 0)) (throw $throw))
  (func (export "invoke_ii") (param i32 i32) (result i32) (local $sp i32)
    (local.set $sp (call_indirect $links (type $i) (i32.const 1)))
    (block $caught
      (return (try_table (result i32) (catch $throw $caught)
        (call_indirect $links (type $iii) (local.get 0) (local.get 1) (i32.const 0)))))
    (call_indirect $links (type $vi) (local.get $sp) (i32.const 2))
    (call_indirect $links (type $vii) (i32.const 1) (i32.const 0) (i32.const 3))
    (i32.const 0)))"""

GUEST = """(module
  (import "env" "invoke_ii" (func $invoke_ii (param i32 i32) (result i32)))
  (import "env" "___cxa_throw" (func $throw (param i32)))
  (import "env" "exit" (func $exit (param i32)))
  (global $sp (mut i32) (i32.const 100)) (global $threw (mut i32) (i32.const 0))
  (type $ii (func (param i32) (result i32)))
  (table 4 funcref) (elem (i32.const 0) $double $thrower $exits $nests)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $deep (param i32)
    (global.set $sp (i32.add (global.get $sp) (i32.const 16)))
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (call $throw (i32.const 42)))))
  (func $thrower (param i32) (result i32) (call $deep (local.get 0)) (i32.const 1))
  (func $exits (param i32) (result i32) (call $exit (local.get 0)) (i32.const 1))
  (func $nests (param i32) (result i32) (call $invoke_ii (i32.const 1) (local.get 0)))
  (func (export "dynCall_ii") (param i32 i32) (result i32)
    (call_indirect (type $ii) (local.get 1) (local.get 0)))
  (func (export "stackSave") (result i32) (global.get $sp))
  (func (export "stackRestore") (param i32) (global.set $sp (local.get 0)))
  (func (export "setThrew") (param i32 i32) (global.set $threw (local.get 0)))
  (func (export "try") (param i32 i32) (result i32)
    (global.set $threw (i32.const 0))
    (call $invoke_ii (local.get 0) (local.get 1)))
  (func (export "throw") (call $throw (i32.const 1)))
  (func (export "threw") (result i32) (global.get $threw)))"""


class Exit(BaseException):
    pass


@pytest.fixture
def linked(engine: Engine, store: Store) -> tuple[Instance, Instance]:
    def leave(status: int) -> None:
        raise Exit(status)

    bridge = link(engine, store, BRIDGE, [("v(i)", leave)])
    names = ("invoke_ii", "___cxa_throw", "exit")
    guest = link(engine, store, GUEST, [bridge.exports[name] for name in names])
    for slot, name in enumerate(("dynCall_ii", "stackSave", "stackRestore", "setThrew")):
        bridge.exports["links"][slot] = guest.exports[name]
    return bridge, guest


def test_a_call_that_returns(linked: tuple[Instance, Instance]) -> None:
    _, guest = linked
    assert guest.exports["try"](0, 21) == 42
    assert guest.exports["threw"]() == 0


@pytest.mark.parametrize("depth", [0, 5, 1000])
def test_a_throw_unwinds_to_the_invoke(linked: tuple[Instance, Instance], depth: int) -> None:
    bridge, guest = linked
    for _ in range(3):
        assert guest.exports["try"](1, depth) == 0
        assert guest.exports["threw"]() == 1
        assert guest.exports["stackSave"]() == 100
        assert bridge.exports["getTempRet0"]() == 42


def test_an_inner_invoke_catches_first(linked: tuple[Instance, Instance]) -> None:
    _, guest = linked
    assert guest.exports["try"](3, 5) == 0
    assert guest.exports["stackSave"]() == 100


def test_exit_is_not_caught(linked: tuple[Instance, Instance]) -> None:
    _, guest = linked
    with pytest.raises(Exit) as caught:
        guest.exports["try"](2, 7)
    assert caught.value.args == (7,)
    assert guest.exports["threw"]() == 0
    assert guest.exports["try"](0, 4) == 8


def test_an_uncaught_throw(linked: tuple[Instance, Instance]) -> None:
    bridge, guest = linked
    with pytest.raises(GuestException) as caught:
        guest.exports["throw"]()
    assert caught.value.has(bridge.exports["throw"])
    assert caught.value.values == ()


def test_exceptions_do_not_pile_up(linked: tuple[Instance, Instance]) -> None:
    """Thrown objects are garbage of the engine: many more than fit its heap at once."""
    _, guest = linked
    attempt = guest.exports["try"]
    for _ in range(50_000):
        attempt(1, 0)
