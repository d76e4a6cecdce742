"""Paint a page and have its layout analysed. Each argument is a command:

`version`; `get NAME` and `set NAME VALUE` for a variable; `init LANGUAGE`; `analyse` makes ready for layout only;
`mode N` of page segmentation;
`page WIDTH HEIGHT`; `letters X Y COUNT` paints a word; `image` hands the page over; `threshold`, `regions`, `lines` and
`components` say what was made of it; `confidence`.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from compat import Module
from corpus.drivers import allocate, integer, string, text

LETTER_WIDTH, LETTER_HEIGHT, PITCH = 7, 11, 10
"""Pixels. A letter is a frame two pixels wide."""
BOXES = {"regions": ("GetRegions_1", 1), "lines": ("GetTextlines_2", 2), "components": ("GetConnectedComponents_1", 1)}


def run(module: Module, args: Sequence[str]) -> str:
    reader = _Reader(module)
    lines = [f"{command}: {reader.obey(*command.split(' '))}\n" for command in args]
    reader.tell("__destroy___0")
    return "".join(lines)


class _Reader:
    """The engine, and the page that is being painted: grey pixels."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.width = self.height = 0
        self.pixels = bytearray()
        self.address = integer(module, "_emscripten_bind_TessBaseAPI_TessBaseAPI_0")

    def tell(self, name: str, *args: int) -> int | None:
        result = self.module.call(f"_emscripten_bind_TessBaseAPI_{name}", self.address, *args)
        assert not isinstance(result, float)
        return result

    def ask(self, name: str, *args: int) -> int:
        result = self.tell(name, *args)
        assert result is not None
        return result

    def obey(self, verb: str, *words: str) -> str:
        match verb:
            case "version":
                return string(self.module, self.ask("Version_0"))
            case "get":
                address = self.ask("GetStringVariable_1", text(self.module, words[0]))
                return string(self.module, address) if address else "unset"
            case "set":
                return str(self.ask("SetVariable_2", *(text(self.module, word) for word in words)))
            case "init":
                return str(self.ask("Init_2", text(self.module, "/data"), text(self.module, words[0])))
            case "analyse":
                self.tell("InitForAnalysePage_0")
                return "ready"
            case "mode":
                self.tell("SetPageSegMode_1", int(words[0]))
                return str(self.ask("GetPageSegMode_0"))
            case "page":
                self.width, self.height = map(int, words)
                self.pixels = bytearray(b"\xff" * (self.width * self.height))
                return "blank"
            case "letters":
                left, top, count = map(int, words)
                for index in range(count):
                    self.paint(left + index * PITCH, top)
                return "painted"
            case "image":
                self.tell(
                    "SetImage_5", allocate(self.module, bytes(self.pixels)), self.width, self.height, 1, self.width
                )
                return "set"
            case "threshold":
                return self.threshold()
            case "confidence":
                return str(self.ask("MeanTextConf_0"))
        name, parameters = BOXES[verb]
        return self.boxes(self.ask(name, *(0,) * parameters))

    def paint(self, left: int, top: int) -> None:
        for y in range(LETTER_HEIGHT):
            for x in range(LETTER_WIDTH):
                inside = 1 < x < LETTER_WIDTH - 2 and 1 < y < LETTER_HEIGHT - 2
                if not inside:
                    self.pixels[(top + y) * self.width + left + x] = 0

    def threshold(self) -> str:
        picture = self.ask("GetThresholdedImage_0")
        fields = ("w", "h", "d", "wpl", "data")
        width, height, depth, stride, data = (self.field("Pix", picture, name) for name in fields)
        bits = self.module.memory.read(data, stride * 4 * height)
        return f"{width}x{height}x{depth} {sha256(bits).hexdigest()[:16]}"

    def boxes(self, list_: int) -> str:
        if not list_:
            return "none"
        found = []
        for index in range(self.field("Boxa", list_, "n")):
            box = integer(self.module, "_emscripten_bind_Boxa_get_box_0", list_)
            one = self.module.memory.load_u32(box + 4 * index)
            found.append(" ".join(str(self.field("Box", one, name)) for name in "xywh"))
        return ", ".join(found)

    def field(self, kind: str, address: int, name: str) -> int:
        return integer(self.module, f"_emscripten_bind_{kind}_get_{name}_0", address)
