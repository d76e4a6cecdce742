"""The one part of the build that pyproject.toml cannot say: an extension for the stable ABI."""

import sys

from setuptools import Extension, setup

LIMITED_API = "0x030B0000"
"""Python 3.11, the lowest version supported."""

setup(
    ext_modules=[
        Extension(
            "compat.engine._libwasmtime",
            ["compat/engine/_engine.c"],
            define_macros=[("Py_LIMITED_API", LIMITED_API)],
            libraries=["dl"] if sys.platform == "linux" else [],
            py_limited_api=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
