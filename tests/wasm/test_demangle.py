from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.wasm.demangle import demangle


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_Z4swapRiS_", "swap"),
        ("__Z4swapRiS_", "swap"),
        ("_ZN3foo3BarIiE3bazEv", "foo::Bar<...>::baz"),
        ("_ZNK3Foo4sizeEv", "Foo::size"),
        ("_ZN3FooC2ERKS_", "Foo::Foo"),
        ("_ZN3foo3BarIiED0Ev", "foo::Bar<...>::~Bar"),
        ("_ZSt4swapIiEvRT_S1_", "std::swap<...>"),
        (
            "_ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6appendEPKcm",
            "std::__1::basic_string<...>::append",
        ),
        ("_ZNSsC1Ev", "std::string::string"),
        ("_ZN12_GLOBAL__N_13runEv", "(anonymous namespace)::run"),
        ("_ZNSt6vectorIiSaIiEEixEm", "std::vector<...>::operator[]"),
        ("_ZN3FoocvbEv", "Foo::operator ..."),
        ("_ZlsRSoRK3Foo", "operator<<"),
        ("_ZnwmRKSt9nothrow_t", "operator new"),
        ("_Zli2kmy", 'operator""km'),
        ("_ZZ4mainENK3$_0clEv", "main::$_0::operator()"),
        ("_ZZN3Foo3runEiENKUlvE_clEv", "Foo::run::{lambda}::operator()"),
        ("_ZN1AB5cxx114nameEv", "A[abi:cxx11]::name"),
        ("_ZThn8_N3Foo3runEv", "thunk to Foo::run"),
        ("_ZN1fIXadL_Z1gvEEEEvv", "_ZN1fIXadL_Z1gvEEEEvv"),
        ("_Z1fIL_Z1gvELb1ELN1A1BE2EJidEEvv", "f<...>"),
        ("_Z1fIPFviEM1AKFvvEA4_iDnEvv", "f<...>"),
        ("_main", "_main"),
        ("__Zebra", "__Zebra"),
        ("_Z", "_Z"),
        ("_ZN3FooE3bar", "Foo"),
        ("_Z9short", "_Z9short"),
        ("_RNvC6_123foo3bar", "_RNvC6_123foo3bar"),
    ],
)
def test_names(symbol: str, name: str) -> None:
    assert demangle(symbol) == name


@given(st.text(alphabet="_ZNSEIJLXTDtCFPKRMAUlcv0123aIi", max_size=80))
@settings(max_examples=300)
def test_anything(text: str) -> None:
    symbol = f"_Z{text}"
    assert len(demangle(symbol)) <= 10 * len(symbol)


@pytest.mark.parametrize(
    "symbol", ["_Z1f" + "P" * 50_000, "_Z1f" + "1aI" * 50_000, "_Z" + "9" * 50_000, "_ZN" + "M" * 50_000]
)
def test_hostile_names_cost_nothing(symbol: str) -> None:
    started = time.perf_counter()
    assert len(demangle(symbol)) <= len(symbol)
    assert time.perf_counter() - started < 1
