"""Detection of Emscripten programs: finding their glue, dating them, laying out their memory, saying what they lack."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set

from compat._typing import TYPE_CHECKING, NamedTuple
from compat.detect.container import Container, find_beside, glue_text, read_file, siblings
from compat.detect.epochs import date
from compat.detect.facts import PROVIDED, Facts
from compat.detect.glue import constants, names_file
from compat.detect.layout import layout, side_layout
from compat.detect.model import AbiName, Detection, Evidence, Glue, Need
from compat.errors import Unsupported
from compat.wasm.model import Kind, Module, TableType

if TYPE_CHECKING:
    from compat.detect.naming import Naming

_LISTING = 32_768
"""Characters in which glue mostly has the list of what it provides."""
_MEMORY = "WebAssembly.Memory("
"""All glue makes one memory, in one place."""
_GLUE_REMEDY = "give its JavaScript: --glue FILE.js"
_OTHER_GLUE_REMEDY = "give JavaScript of the same build that is less minified: --glue FILE.js"


def attach(facts: Facts, container: Container, given: str | None) -> tuple[Facts, tuple[Evidence, ...]]:
    """The facts with the module's glue read, if there is any, and what was found of the files that were looked at.

    Glue is what was named (`given`), what the module came out of, or what lies beside it, in this order.

    Raises Unsupported for glue that was named and does not fit, and OSError.
    """
    attempts = tuple(_attempts(facts, container, given))
    read = next((attempt.facts for attempt in attempts if attempt.facts), facts)
    return read, tuple(attempt.evidence for attempt in attempts)


def with_import_map(facts: Facts, path: str) -> Facts:
    """The facts with the names that the user's map at `path` gives; they go before what was recovered.

    Raises Unsupported for a file that is no such map, or names an import that the module does not have, and OSError.
    """
    from compat.detect.import_map import read_import_map

    given = read_import_map(path)
    if unknown := sorted(given.keys() - facts.renamable):
        raise Unsupported(f"{path} is a map of another module\nthis one imports no {_some(unknown)}")
    glue = facts.glue
    glue = glue._replace(
        import_names={**glue.import_names, **given},
        import_constants={key: value for key, value in glue.import_constants.items() if key not in given},
        import_options={key: names for key, names in glue.import_options.items() if key not in given},
    )
    return facts.with_glue(glue, facts.text)


def completed(detection: Detection, facts: Facts) -> Detection:
    """The detection with what is known of a fastcomp binary: its releases, and, of a program, its layout and needs."""
    epoch, dated = date(facts)
    detection = detection._replace(epoch=epoch, evidence=detection.evidence + dated)
    if detection.abi is AbiName.EMSCRIPTEN_SIDE:
        detection = detection._replace(layout=side_layout(facts))
        return detection._replace(needs=tuple(_section_needed(detection)))
    detection = detection._replace(layout=layout(facts), static_data=_static_data(detection))
    if "emterpreter" in detection.features:
        # Not above: few programs have any.
        from compat.detect.bytecode import bytecode

        detection = detection._replace(bytecode=bytecode(facts, detection.places))
    return detection._replace(needs=tuple(_needs(detection)))


def _needs(detection: Detection) -> Iterator[Need]:
    if "emterpreter" in detection.features and detection.bytecode is None:
        yield Need(
            "the emterpreter's bytecode, which its glue has or names", f"{_GLUE_REMEDY}, with the file beside it"
        )
    yield from _names_needed(detection)
    yield from _layout_needed(detection)
    yield from _files_needed(detection)


class _Attempt(NamedTuple):
    """A file that was looked at as the module's glue; `facts` if it is."""

    evidence: Evidence
    facts: Facts | None = None


def _attempts(facts: Facts, container: Container, given: str | None) -> Iterator[_Attempt]:
    """What was named has to fit; what merely lies there has to prove that it belongs to the module."""
    if given is not None:
        yield _attach(facts, glue_text(given), given)
    elif container.glue is not None:
        yield _attach(facts, container.glue, container.glue_path)
    elif container.path is not None:
        for path in siblings(container.path):
            attempt = _attach_sibling(facts, container.path, path)
            yield attempt
            if attempt.facts:
                return


def _attach_sibling(facts: Facts, module: str, path: str) -> _Attempt:
    name = os.path.basename(path)
    try:
        text = glue_text(path)
        if "WebAssembly" not in text:
            return _Attempt(Evidence("glue-refused", f"{name} is not its glue: it loads no WebAssembly"))
        attempt = _attach(facts, text, path)
    except Unsupported as error:
        return _Attempt(Evidence("glue-refused", f"{name} is not its glue: {str(error).splitlines()[-1]}"))
    # Minified names that fit are proof; where names are in clear, the glue has to say which file it loads.
    if facts.minified or names_file(text, os.path.basename(module)):
        return attempt
    return _Attempt(Evidence("glue-refused", f"{name} is not its glue: it names no {os.path.basename(module)}"))


def _attach(facts: Facts, text: str, path: str | None) -> _Attempt:
    """Read glue for a module, alone or in a bundle. Raises Unsupported where they are not of one build."""
    if text.find(_MEMORY, text.find(_MEMORY) + 1) < 0:
        return _attach_alone(facts, text, path)
    # Not above: few programs are in bundles.
    from compat.detect.bundle import programs

    fitting: list[_Attempt] = []
    reasons: list[str] = []
    for number, own in enumerate(programs(text, _MEMORY), 1):
        try:
            fitting.append(_attach_alone(facts, own, path))
        except Unsupported as error:
            reasons.append(f"program {number}: {str(error).splitlines()[-1]}")
    if len(fitting) == 1:
        return fitting[0]
    why = "several of them fit" if fitting else "\n".join(reasons) or "its brackets do not tell them apart"
    raise Unsupported(f"{path} is a bundle of several programs, none of which is this for certain\n{why}")


def _attach_alone(facts: Facts, text: str, path: str | None) -> _Attempt:
    """Read the glue of one program for a module. Raises Unsupported where they are not of one build."""
    glue, name = constants(text, path), os.path.basename(path or "")
    _check_table(facts.module, glue)
    if not facts.minified:
        _check_mentions(facts, glue, text)
        return _Attempt(Evidence("glue", f"{name} is its glue"), facts.with_glue(glue, text))
    # Not above: few programs are minified.
    from compat.detect.naming import naming

    found = naming(facts, text, path)
    _check_cover(facts, glue, found.import_keys - PROVIDED, found.export_names.keys())
    glue = glue._replace(
        import_keys=found.import_keys,
        import_names=found.import_names,
        export_names=found.export_names,
        closure=found.closure,
        import_constants=found.import_constants,
        import_options=found.import_options,
    )
    imports, exports = len(found.import_names), len(found.export_names)
    sentence = f"{name} is its glue, and names {imports} minified imports and {exports} exports"
    if found.closure:
        words = _recovered(facts, found)
        sentence = f"{name} is its glue, but the Closure compiler renamed what would name its imports: {words}"
    return _Attempt(Evidence("glue", sentence), facts.with_glue(glue, text))


def _recovered(facts: Facts, found: Naming) -> str:
    """How much is known of imports that Closure renamed."""
    names = len(found.import_names) - sum(found.siblings.values())
    words = f"{names} of {len(facts.renamable)} recovered by what the functions do"
    for place, count in found.siblings.items():
        words += f", {count} more named by {place}, another build"
    constants = len(found.import_constants)
    return words + f", {constants} more only return a number" * bool(constants)


def _check_table(module: Module, glue: Glue) -> None:
    table = next((i.type for i in module.imported(Kind.TABLE)), None)
    if isinstance(table, TableType) and glue.table_size not in (None, table.limits.minimum):
        raise Unsupported(
            f"{glue.path} is glue of another build\n"
            f"its table has {glue.table_size} elements, the module's {table.limits.minimum}"
        )


def _check_mentions(facts: Facts, glue: Glue, text: str) -> None:
    """Glue lists all that it provides: what its text does not mention at all, it cannot provide."""
    start = text.find("asmLibraryArg")
    if start < 0:
        return  # It is part of glue, or went through Closure.
    # To look through all of the text for each name would take longer than all the rest.
    listed = text[start : start + _LISTING]
    if missing := sorted(name for name in facts.renamable if name not in listed and name not in text):
        raise Unsupported(f"{glue.path} is glue of another build\n{_difference('imports', missing, [])}")


def _check_cover(facts: Facts, glue: Glue, imports: Set[str], exports: Set[str]) -> None:
    """Minified names say nothing by themselves: only where they are all there are module and glue of one build."""
    exported = {e.name for e in facts.module.exports if e.kind is Kind.FUNC}
    for what, module, found in (("imports", facts.renamable, imports), ("exports", exported, exported & exports)):
        if module != found:
            raise Unsupported(
                f"{glue.path} is glue of another build, or of a form that cannot be read\n"
                + _difference(what, sorted(module - found), sorted(found - module))
            )


def _difference(what: str, missing: list[str], extra: list[str]) -> str:
    lacks = f"of the module's {what} it lacks {_some(missing)}"
    return lacks + (f", and it has {_some(extra)} more" if extra else "")


def _some(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else "none"


def _names_needed(detection: Detection) -> Iterator[Need]:
    known, total = detection.names_known
    if detection.glue.closure and known < total:
        yield Need(
            f"the names of {total - known} imports: the Closure compiler renamed them in its glue too",
            "write a draft of the map with compat inspect --write-import-map FILE, and give it: --import-map FILE",
            blocking=not detection.glue.import_names,
        )
    elif known < total:
        where = "its glue does not have them" if detection.glue.path else "only its glue has them"
        yield Need(f"the names of {total - known} imports: they are minified, and {where}", _GLUE_REMEDY)
    if "EM_ASM" in detection.features and not detection.glue.asm_consts:
        yield Need("its EM_ASM code, which is only in its glue", _GLUE_REMEDY, blocking=False)


def _layout_needed(detection: Detection) -> Iterator[Need]:
    if detection.layout is not None or not detection.module.imported(Kind.MEMORY):
        return
    if detection.glue.path is None:
        yield Need("the size of its static data, which is only in its glue", _GLUE_REMEDY)
    else:
        yield Need("the size of its static data, which its glue does not state in a known form", _OTHER_GLUE_REMEDY)


def _section_needed(detection: Detection) -> Iterator[Need]:
    if detection.layout is None:
        yield Need("the size of its static data: it has no section dylink", "build it with Emscripten 1.38 or later")


def _files_needed(detection: Detection) -> Iterator[Need]:
    glue, places = detection.glue, detection.places
    for name, files, _ in glue.data_packages:
        for part in (name, files) if isinstance(files, str) else (name,):
            if not find_beside(places, part):
                what = f"the data package {name}" if part == name else f"{part}, the directory of the package {name}"
                yield Need(f"{what}, which its glue loads", f"put it beside its glue, or say --preload {name}", False)
    for name in glue.dynamic_libraries:
        if not find_beside(places, os.path.basename(name)):
            yield Need(f"the library {name}, which its glue loads", f"put {name} beside its glue")
    if glue.memory_file and not detection.module.segments and not find_beside(places, glue.memory_file):
        yield Need(
            f"its static data, which is in the file {glue.memory_file}", f"put {glue.memory_file} beside its glue"
        )


def _static_data(detection: Detection) -> bytes:
    """What the glue would copy into memory: only where the module does not hold it, which glue for two forms of one
    program leaves open.
    """
    name = detection.glue.memory_file
    found = find_beside(detection.places, name) if name and not detection.module.segments else None
    return read_file(found) if found else b""
