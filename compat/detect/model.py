"""What detection finds out about a binary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from compat.wasm.model import Module


class AbiName(Enum):
    """Every ABI that is told apart. Those after BARE are named, not run."""

    EMSCRIPTEN = "emscripten"
    EMSCRIPTEN_SIDE = "emscripten-side-module"
    WASI_UNSTABLE = "wasi_unstable"
    WASI_PREVIEW1 = "wasi_snapshot_preview1"
    BARE = "bare"
    """No imports: nothing to provide."""
    EMSCRIPTEN_UPSTREAM = "emscripten-upstream"
    WASIX = "wasix"
    WASI_THREADS = "wasi-threads"
    ASSEMBLYSCRIPT = "assemblyscript"
    GO = "go"
    WASM_BINDGEN = "wasm-bindgen"
    COMPONENT = "component"
    OBJECT = "object"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """An Emscripten release; `Release.parse("1.38.31")`, `str()` back."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Release:
        major, minor, patch = text.split(".")
        return cls(int(major), int(minor), int(patch))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True)
class Epoch:
    """The range of Emscripten releases, both ends included, that can have made a binary."""

    lowest: Release
    highest: Release

    def __str__(self) -> str:
        return f"{self.lowest}..{self.highest}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing seen in the binary or its glue, as a sentence, and what it says."""

    rule: str
    """The rule's name, stable, for --json."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an Emscripten program's memory areas are; all in bytes from the start of memory."""

    global_base: int
    stack_base: int
    stack_max: int
    dynamic_base: int
    """Where the heap starts, unless the host takes space for itself first."""
    source: str
    """Where it was read: `metadata`, `globals` or `glue`."""


@dataclass(frozen=True, slots=True)
class Glue:
    """What was read out of a program's JavaScript. Empty mappings where the names are in clear."""

    path: str | None = None
    import_names: Mapping[str, str] = field(default_factory=dict)
    """Minified import name in module `env` -> the name in clear."""
    export_names: Mapping[str, str] = field(default_factory=dict)
    """Minified export name -> the name in clear."""
    static_bump: int | None = None
    total_stack: int | None = None
    total_memory: int | None = None
    table_size: int | None = None
    constructors: tuple[str, ...] = ()
    """Exports to call before main, in order, in clear."""
    exit_runtime: bool | None = None
    """EXIT_RUNTIME / !NO_EXIT_RUNTIME as the glue says it."""
    data_packages: tuple[str, ...] = ()
    """Names of `.data` files it loads."""
    asm_consts: int = 0
    """How many EM_ASM bodies it holds."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something the binary cannot run without and that is not there: what, and what to type to give it."""

    what: str
    remedy: str


@dataclass(frozen=True)
class Detection:
    """The verdict on one binary."""

    module: Module
    abi: AbiName
    confidence: float
    """0 to 1, from the weights of the rules that fired."""
    evidence: tuple[Evidence, ...]
    epoch: Epoch | None = None
    layout: Layout | None = None
    glue: Glue = Glue()
    needs: tuple[Need, ...] = ()
    features: tuple[str, ...] = ()
    """What it uses, in the words of the corpus list: main, embind, setjmp, invoke, exceptions, EM_ASM, dlopen …"""
    minified: bool = False
