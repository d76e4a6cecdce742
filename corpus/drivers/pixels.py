"""Read an image with ITK's class for that. The arguments are its file, and `write` to tell the object something."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from compat import CppException, Module
from corpus.drivers import shown


def run(module: Module, args: Sequence[str]) -> str:
    path, *more = args
    lines: list[object] = []
    with module.ITKImageIO() as io:
        lines.append(io.CanReadFile(path))
        io.SetFileName(path)
        lines.append(io.GetFileName())
        try:
            io.ReadImageInformation()
        except CppException:
            return "".join(f"{shown(line)}\n" for line in [*lines, "an exception"])
        if more:
            io.SetSpacing(0, 0.25)
            io.SetOrigin(1, -1.5)
            io.SetPixelType(module.IOPixelType.VECTOR)
            io.SetNumberOfComponents(3)
            with module.AxisDirectionType() as direction:
                for value in (0.0, 1.0, 0.5):
                    direction.push_back(value)
                io.SetDirection(0, direction)
        for axis in range(io.GetNumberOfDimensions()):
            direction = io.GetDirection(axis)
            lines += [io.GetDimensions(axis), io.GetOrigin(axis), io.GetSpacing(axis)]
            lines.append(list(direction))
        lines += [io.GetPixelType().name, io.GetComponentType().name, io.GetNumberOfComponents()]
        lines += [io.GetImageSizeInPixels(), io.GetImageSizeInComponents(), io.GetImageSizeInBytes()]
        if not more:
            pixels = io.Read()
            lines += [len(pixels), hashlib.sha256(bytes(pixels)).hexdigest()]
    return "".join(f"{shown(line)}\n" for line in lines)
