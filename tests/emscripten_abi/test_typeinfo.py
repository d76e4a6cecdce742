"""Names of types."""

from __future__ import annotations

import pytest

from compat.emscripten_abi.typeinfo import demangled


@pytest.mark.parametrize(
    ("mangled", "name"),
    [
        ("i", "int"),
        ("PKc", "char const*"),
        ("St13runtime_error", "std::runtime_error"),
        ("N3net5ErrorE", "net::Error"),
        ("NSt3__212system_errorE", "std::__2::system_error"),
        ("Ss", "std::string"),
        ("St6vectorIiSaIiEE", "std::vector<...>"),
        ("N2cv6Point_IiEE", "cv::Point_<...>"),
        ("9short", "9short"),
        ("N12_GLOBAL__N_15ErrorE", "(anonymous namespace)::Error"),
        ("", ""),
    ],
)
def test_type_names(mangled: str, name: str) -> None:
    assert demangled(mangled) == name
