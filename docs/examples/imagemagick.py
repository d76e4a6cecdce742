"""ImageMagick as a function of files: python imagemagick.py magick.wasm"""

import sys
from hashlib import sha256

import compat


def magick(*args, inputs=None, output):
    """Run one command, and return the file that it makes. Raises ValueError with what it has to say instead."""
    result = compat.run(sys.argv[1], args, files=inputs, collect=[output])
    if result.check().status or output not in result.files:
        raise ValueError(result.stderr.decode().strip())
    return result.files[output]


picture = magick("convert", "-size", "64x48", "gradient:red-blue", "/out.png", output="/out.png")
small = magick(
    *["convert", "/in.png", "-rotate", "90", "-resize", "50%", "-depth", "8", "/out.ppm"],
    inputs={"/in.png": picture},
    output="/out.ppm",
)
header, size, depth, pixels = small.split(b"\n", 3)
print(header.decode(), size.decode(), depth.decode(), len(pixels))
print(sha256(pixels).hexdigest())
try:
    magick("convert", "/nothing.png", "/out.png", output="/out.png")
except ValueError as error:
    print(error)
