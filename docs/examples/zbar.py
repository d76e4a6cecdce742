"""A QR code read out of a picture: python zbar.py zbar.wasm code.pbm"""

import sys
from pathlib import Path

import compat

SCALE, MARGIN = 4, 4


def picture(path):
    """The width, the height and the RGBA pixels of a bitmap in text, enlarged, in a white margin."""
    _, width, height, *bits = Path(path).read_text().split()
    width, height = int(width), int(height)
    white, black = b"\xff\xff\xff\xff", b"\x00\x00\x00\xff"
    edge = white * MARGIN * SCALE
    empty = white * (width + 2 * MARGIN) * SCALE
    rows = [empty] * MARGIN * SCALE
    for y in range(height):
        row = b"".join((black if bit == "1" else white) * SCALE for bit in bits[y * width : (y + 1) * width])
        rows += [edge + row + edge] * SCALE
    rows += [empty] * MARGIN * SCALE
    return (width + 2 * MARGIN) * SCALE, (height + 2 * MARGIN) * SCALE, b"".join(rows)


with compat.load(sys.argv[1]) as zbar:
    scan = zbar.function("scanQrcode", params=[int, int, int], returns=bool)
    results = zbar.function("getScanResults", returns=str)

    def read(width, height, pixels):
        # The library frees the pixels itself, so they are put where its own allocator says.
        buffer = zbar.c.createBuffer(len(pixels))
        zbar.memory.write(buffer, pixels)
        return results() if scan(buffer, width, height) else None

    width, height, pixels = picture(sys.argv[2])
    print(read(width, height, pixels))
    print(read(width, height, b"\xff" * len(pixels)))
