"""What pyproject.toml cannot say of the build: extensions for the stable ABI, and the launcher, a program in C."""

import sys

from setuptools import Extension, setup

# setuptools' own, which it puts in place of the one that Python had.
from distutils.ccompiler import new_compiler  # isort: skip
from distutils.command.build_scripts import build_scripts  # isort: skip
from distutils.sysconfig import customize_compiler  # isort: skip

LIMITED_API = "0x030B0000"
"""Python 3.11, the lowest version supported."""
DL = ["dl"] if sys.platform == "linux" else []


class BuildLauncher(build_scripts):
    """Compiles the one script, which is none: the `compat` program."""

    def copy_scripts(self) -> None:
        compiler = new_compiler()
        customize_compiler(compiler)
        self.mkpath(self.build_dir)
        objects = compiler.compile(self.scripts, output_dir=self.get_finalized_command("build").build_temp)
        compiler.link_executable(objects, "compat", output_dir=self.build_dir, libraries=DL)


def extension(name: str, source: str, libraries: list[str]) -> Extension:
    macros = [("Py_LIMITED_API", LIMITED_API)]
    return Extension(name, [source], define_macros=macros, libraries=libraries, py_limited_api=True)


if sys.platform == "win32":
    command = {"entry_points": {"console_scripts": ["compat = compat.cli.main:process"]}}
else:
    command = {"scripts": ["compat/cli/launcher.c"], "cmdclass": {"build_scripts": BuildLauncher}}

extensions = [
    extension("compat.engine._libwasmtime", "compat/engine/_engine.c", DL),
    extension("compat.native._native", "compat/native/_native.c", []),
    extension("compat.javascript._quickjs", "compat/javascript/_javascript.c", DL),
]
if sys.platform == "linux":  # its handlers for faults are written for no other host yet
    extensions.append(extension("compat.engine.wasm2c._wasm2c", "compat/engine/wasm2c/_wasm2c.c", DL))

setup(
    ext_modules=extensions,
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
    **command,
)
