"""The package's own enumerations beside the standard library's."""

from __future__ import annotations

import copy
import enum
import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from compat import _enum
from compat.kernel.stat import FileType


@pytest.fixture(params=[enum, _enum], ids=["standard", "own"])
def made(request: pytest.FixtureRequest) -> Any:
    source: Any = request.param

    class Plain(source.Enum):
        """With documentation, a method and an alias."""

        ONE = source.auto()
        TWO = source.auto()
        TEXT = "text"
        ALSO = "text"

        @property
        def doubled(self) -> Any:
            return self.value * 2

    class Bits(source.Flag):
        A = source.auto()
        B = source.auto()
        C = source.auto()

    class Number(source.IntEnum):
        ZERO = 0
        SEVEN = 7

    return SimpleNamespace(Plain=Plain, Bits=Bits, Number=Number)


def test_members(made: Any) -> None:
    plain = made.Plain
    assert [(member.name, member.value) for member in plain] == [("ONE", 1), ("TWO", 2), ("TEXT", "text")]
    assert plain(2) is plain["TWO"] is plain.TWO
    assert plain.ALSO is plain.TEXT
    assert (len(plain), plain.ONE in plain, list(plain.__members__)) == (3, True, ["ONE", "TWO", "TEXT", "ALSO"])
    assert isinstance(plain.ONE, plain)
    assert plain.TEXT.doubled == "texttext"
    assert (str(plain.ONE), repr(plain.ONE)) == ("Plain.ONE", "<Plain.ONE: 1>")
    assert {plain.ONE: 1}[plain(1)] == 1
    assert plain.ONE != 1
    assert copy.deepcopy(plain.ONE) is copy.copy(plain.ONE) is plain.ONE
    with pytest.raises(ValueError, match=r"5 is not a valid .*Plain"):
        plain(5)
    with pytest.raises(KeyError):
        plain["FIVE"]


def test_flags(made: Any) -> None:
    bits = made.Bits
    both = bits.A | bits.C
    assert [member.value for member in bits] == [1, 2, 4]
    assert (both.value, bits(5) == both, hash(bits(5)) == hash(both)) == (5, True, True)
    assert [member.name for member in both] == ["A", "C"]
    assert (bits.A in both, bits.B in both, bool(bits(0)), bool(both)) == (True, False, False, True)
    assert (both & bits.A, both ^ bits.A, ~both) == (bits.A, bits.C, bits.B)
    with pytest.raises(ValueError, match="8"):
        bits(8)


def test_numbers(made: Any) -> None:
    number = made.Number
    assert number.SEVEN + 1 == 8
    assert number(7) is number.SEVEN
    assert (str(number.SEVEN), repr(number.ZERO), bool(number.ZERO)) == ("7", "<Number.ZERO: 0>", False)


def test_members_cross_processes_as_themselves() -> None:
    assert pickle.loads(pickle.dumps(FileType.REGULAR)) is FileType.REGULAR
