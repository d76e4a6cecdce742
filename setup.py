"""The one part of the build that pyproject.toml cannot say: extensions for the stable ABI."""

import sys

from setuptools import Extension, setup

LIMITED_API = "0x030B0000"
"""Python 3.11, the lowest version supported."""



def extension(name: str, source: str, libraries: list[str]) -> Extension:
    macros = [("Py_LIMITED_API", LIMITED_API)]
    return Extension(name, [source], define_macros=macros, libraries=libraries, py_limited_api=True)


setup(
    ext_modules=[
        extension("compat.engine._libwasmtime", "compat/engine/_engine.c", ["dl"] if sys.platform == "linux" else []),
        extension("compat.native._native", "compat/native/_native.c", []),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
