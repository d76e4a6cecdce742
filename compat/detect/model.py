"""What detection finds out about a binary."""

from __future__ import annotations

from collections.abc import Mapping

from compat._enum import Enum
from compat._typing import NamedTuple
from compat.wasm.model import Kind, Module


class AbiName(Enum):
    """Every ABI that is told apart. Those after BARE are named, not run."""

    EMSCRIPTEN = "emscripten"
    EMSCRIPTEN_SIDE = "emscripten-side-module"
    """It can be run alone, if it needs no other module, or loaded into a program."""
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


class Release(NamedTuple):
    """An Emscripten release; `Release.parse("1.38.31")`, `str()` back."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Release:
        """Raises ValueError unless `text` is three numbers with dots between them."""
        major, minor, patch = text.split(".")
        return cls(int(major), int(minor), int(patch))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


LARGE_FILES = Release(1, 38, 31)
"""The release in which `off_t` and `ino_t` grew to 64 bits, and with them the structs that hold them."""


class Epoch(NamedTuple):
    """The range of Emscripten releases, both ends included, that can have made a binary."""

    lowest: Release
    highest: Release

    def __str__(self) -> str:
        return str(self.lowest) if self.lowest == self.highest else f"{self.lowest} to {self.highest}"


class Evidence(NamedTuple):
    """One thing seen in the binary or its glue, as a sentence, and what it says."""

    rule: str
    """The rule's name, stable, for --json."""
    sentence: str


class Layout(NamedTuple):
    """Where an Emscripten program's memory areas are; all in bytes from the start of memory."""

    global_base: int
    stack_base: int
    stack_max: int
    dynamic_base: int
    """Where the heap starts, unless the host takes space for itself first."""
    source: str
    """Where it was read: `metadata`, `globals`, `glue` or, of a side module, `dylink`."""
    dynamic_top: int | None = None
    """Address of the word that holds the end of the heap, where the program's code has it as a constant (from 1.38.46);
    else the host chooses it.
    """


class PackedFile(NamedTuple):
    """A file in a data package: from byte `start` up to `end` of what is in it."""

    path: str
    start: int
    end: int


class Lz4Chunks(NamedTuple):
    """Where the chunks of a compressed package are: for each, its offset and size in bytes, and whether it is
    compressed at all.
    """

    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    compressed: tuple[int, ...]


class DataPackage(NamedTuple):
    """A `.data` file that glue loads."""

    name: str
    files: tuple[PackedFile, ...] | str
    """What is in it, or the name of the file that tells: `.js.metadata`."""
    chunks: Lz4Chunks | None = None
    """Set for one that is compressed."""


class Glue(NamedTuple):
    """What was read out of a program's JavaScript. Empty mappings where the names are in clear."""

    path: str | None = None
    import_names: Mapping[str, str] = {}
    """Minified import name in module `env` -> the name in clear."""
    export_names: Mapping[str, str] = {}
    """Minified export name -> the name in clear."""
    import_keys: frozenset[str] = frozenset()
    """The keys of the object that the glue passes as `env`, where it was looked for; also from Closure's output."""
    closure: bool = False
    """The glue went through the Closure compiler, which renamed the very identifiers that would name the imports."""
    import_constants: Mapping[str, int] = {}
    """Import whose name is not known -> what it returns always, as the glue's function does nothing else."""
    import_options: Mapping[str, tuple[str, ...]] = {}
    """Import whose name is not certain -> the names that it may have, the likeliest first."""
    static_bump: int | None = None
    """Size of the program's static data in bytes."""
    stack_base: int | None = None
    """Address where the stack starts, in glue that has it as a constant (1.38.24 and later)."""
    dynamic_base: int | None = None
    """Address where the heap starts, where it is a constant."""
    total_stack: int | None = None
    """Size of the stack in bytes."""
    total_memory: int | None = None
    """Initial size of memory in bytes."""
    table_size: int | None = None
    """Elements of the function table."""
    constructors: tuple[str, ...] = ()
    """Exports to call before main, in order, in clear."""
    exit_runtime: bool | None = None
    """EXIT_RUNTIME / !NO_EXIT_RUNTIME as the glue says it."""
    data_packages: tuple[DataPackage, ...] = ()
    """The `.data` files it loads."""
    embedded_files: Mapping[str, bytes] = {}
    """The files whose contents it holds, by guest path."""
    directories: tuple[str, ...] = ()
    """The guest directories it makes for files of these two kinds."""
    memory_file: str | None = None
    """Name of the file with static data that the glue would copy into memory: `.mem`."""
    dynamic_libraries: tuple[str, ...] = ()
    """The side modules that it loads at the start: names of files."""
    named_globals: Mapping[str, int] = {}
    """The data that a program with dynamic linking shows to libraries: name in C to offset from `global_base`."""
    asm_consts: int = 0
    """How many EM_ASM bodies it holds."""
    thread_blocks: Mapping[int, str] = {}
    """Those of them that are Emscripten's own, for threads: what each is for, by its number."""


class Need(NamedTuple):
    """Something the binary needs and that is not there: what, and what to type to give it."""

    what: str
    remedy: str
    blocking: bool = True
    """It cannot be started without; else only some of what it does fails."""


class Bytecode(NamedTuple):
    """What the emterpreter runs."""

    code: bytes
    relocations: tuple[int, ...]
    """Offsets of words in it to which its address is to be added."""


class Detection(NamedTuple):
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
    """Imports in `env` and all exports have one- to three-letter names."""
    path: str | None = None
    """The file that the module came from, as it was named."""
    static_data: bytes = b""
    """Static data that is not in the module, but in a file of its own (`.mem`): what memory holds from
    `layout.global_base` on.
    """
    bytecode: Bytecode | None = None
    """What of its functions is bytecode, which the host puts into memory."""

    @property
    def places(self) -> tuple[str, ...]:
        """The files beside which others that belong to the program are looked for."""
        return tuple(path for path in (self.path, self.glue.path) if path is not None)

    @property
    def names_known(self) -> tuple[int, int]:
        """Function imports whose name in clear is known, and function imports in all."""
        functions = self.module.imported(Kind.FUNC)
        if not self.minified:
            return len(functions), len(functions)
        told = self.glue.import_names.keys() | self.glue.import_constants.keys()
        known = sum(i.module != "env" or i.name in told for i in functions)
        return known, len(functions)
