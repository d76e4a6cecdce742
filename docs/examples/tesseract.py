"""The lines of a page found: python tesseract.py tesseract-core.wasm"""

import sys

import compat

WIDTH, HEIGHT = 400, 120
ONE_LINE = 7  # PSM_SINGLE_LINE


def page():
    """Grey pixels: a line of letters, each a frame of seven by eleven pixels."""
    pixels = bytearray(b"\xff" * WIDTH * HEIGHT)
    for left, top, count in [(20, 50, 9), (130, 50, 4), (190, 52, 12)]:
        for letter in range(count):
            for y in range(11):
                for x in range(7):
                    if not (1 < x < 5 and 1 < y < 9):
                        pixels[(top + y) * WIDTH + left + 10 * letter + x] = 0
    return pixels


with compat.load(sys.argv[1]) as tesseract:

    def method(name, **signature):
        return tesseract.function(f"emscripten_bind_{name}", **signature)

    engine = method("TessBaseAPI_TessBaseAPI_0")()
    print(method("TessBaseAPI_Version_0", returns=str)(engine))
    set_variable = method("TessBaseAPI_SetVariable_2", params=[int, str, str], returns=bool)
    print(set_variable(engine, "tessedit_char_whitelist", "abc"), set_variable(engine, "no_such_variable", "1"))

    # No language is needed to tell where the text is. The engine keeps the picture, so it is not passed as a buffer.
    method("TessBaseAPI_InitForAnalysePage_0")(engine)
    method("TessBaseAPI_SetPageSegMode_1")(engine, ONE_LINE)
    picture = tesseract.c.malloc(WIDTH * HEIGHT)
    tesseract.memory.write(picture, page())
    method("TessBaseAPI_SetImage_5")(engine, picture, WIDTH, HEIGHT, 1, WIDTH)
    lines = method("TessBaseAPI_GetTextlines_2")(engine, 0, 0)
    boxes = method("Boxa_get_box_0")(lines)
    for index in range(method("Boxa_get_n_0")(lines)):
        box = tesseract.memory.load_u32(boxes + 4 * index)
        print(*(method(f"Box_get_{side}_0")(box) for side in "xywh"))
    method("TessBaseAPI___destroy___0")(engine)
