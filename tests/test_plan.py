"""Every import is bound to the row for its name and type, or it is said why not."""

from __future__ import annotations

import pytest

from compat.abi.row import Level
from compat.detect.model import AbiName, Detection, Glue
from compat.emscripten_abi.tables import TABLES
from compat.errors import Unsupported
from compat.plan import RUNNABLE, Abi, abi_for, check_entries, make_plan
from compat.wasm.model import Export, FuncType, GlobalType, Import, Kind, Limits, MemoryType, Module, ValType


def detection(*imports: Import, exports: dict[str, str] | None = None, glue: Glue | None = None) -> Detection:
    exports = exports or {}
    module = Module(
        b"",
        imports=imports,
        functions=tuple(FuncType.parse(type) for type in exports.values()),
        exports=tuple(Export(name, Kind.FUNC, index) for index, name in enumerate(exports)),
    )
    return Detection(module, AbiName.EMSCRIPTEN, 1.0, (), glue=glue or Glue())


def function(name: str, type: str, module: str = "env") -> Import:
    return Import(module, name, FuncType.parse(type))


def plan(*imports: Import, glue: Glue | None = None):
    return make_plan(detection(*imports, glue=glue), TABLES)


def test_the_row_of_the_declared_type() -> None:
    """abortOnCannotGrowMemory got a parameter in 1.38.25."""
    old, new = plan(function("abortOnCannotGrowMemory", "i()"), function("abortOnCannotGrowMemory", "i(i)")).bindings
    assert old.row
    assert new.row
    assert old.row is not new.row
    assert (old.answered, new.answered) == (True, True)


def test_another_type_than_is_known() -> None:
    [binding] = plan(function("_exit", "d(jj)")).missing
    assert binding.problem == "env._exit is declared d(jj), known as v(i)"


def test_names_that_are_not_known_and_that_are_not_answered() -> None:
    unknown, absent = plan(function("_nowhere", "v()"), function("_eglTerminate", "i(i)")).missing
    assert unknown.row
    assert unknown.row.group == "own"
    assert unknown.problem == f"env._nowhere is not available: {unknown.row.note}"
    assert absent.row
    assert absent.row.level is Level.ABSENT
    assert absent.problem == f"env._eglTerminate is not available: {absent.row.note}"


def test_a_family_by_what_its_name_holds() -> None:
    [binding] = plan(function("invoke_viii", "v(iiii)")).bindings
    assert binding.row
    assert (binding.row.name, binding.sig) == ("invoke_{sig}", "viii")


def test_minified_names_are_looked_up_in_clear() -> None:
    [binding] = plan(function("a", "v(i)"), glue=Glue(import_names={"a": "_exit"})).bindings
    assert (binding.name, binding.answered, binding.item.name) == ("_exit", True, "a")


def test_a_global_is_no_function() -> None:
    number = GlobalType(ValType.I32, mutable=False)
    pointer, wrong = plan(Import("env", "DYNAMICTOP_PTR", number), Import("env", "_exit", number)).bindings
    assert pointer.answered
    assert wrong.problem == "env._exit is not known"


def test_memories_are_the_sessions_to_make() -> None:
    made = plan(Import("env", "memory", MemoryType(Limits(1))))
    assert (made.bindings[0].row, made.missing) == (None, ())


@pytest.mark.parametrize("name", AbiName)
def test_what_is_runnable_has_an_abi(name: AbiName) -> None:
    if name in RUNNABLE:
        assert isinstance(abi_for(name), Abi)
    else:
        with pytest.raises(Unsupported, match=f"{name.value}, which compat tells apart but does not run"):
            abi_for(name)


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("_main", "i(ii)"),
        ("_main", "v()"),
        ("dynCall_v", "v(i)"),
        ("dynCall_jiji", "i(iiiii)"),
        ("dynCall_fif", "f(iif)"),
        ("dynCall_fif", "d(iid)"),
        ("dynCall_X", "v(i)"),
        ("_anything", "d(jf)"),
        ("__GLOBAL__sub_I_x_cpp", "v()"),
    ],
)
def test_entries_of_the_types_that_are_called(name: str, type: str) -> None:
    check_entries(detection(exports={name: type}), abi_for(AbiName.EMSCRIPTEN))


@pytest.mark.parametrize(
    ("name", "type"),
    [("_main", "i(iiii)"), ("_malloc", "i()"), ("dynCall_vi", "v(i)"), ("dynCall_ji", "j(ii)"), ("stackAlloc", "d(i)")],
)
def test_entries_of_other_types(name: str, type: str) -> None:
    with pytest.raises(Unsupported, match=f"it exports {name} as "):
        check_entries(detection(exports={name: type}), abi_for(AbiName.EMSCRIPTEN))
    minified = detection(exports={"a": type}, glue=Glue(export_names={"a": name}))
    with pytest.raises(Unsupported, match=f"it exports {name} as "):
        check_entries(minified, abi_for(AbiName.EMSCRIPTEN))
