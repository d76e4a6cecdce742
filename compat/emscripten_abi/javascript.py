"""What programs ask of JavaScript, where that is not allowed: the names are known, so that a call says what to do.

Where it is, `scripts` answers.
"""

from __future__ import annotations

from compat.abi.row import Table

env = Table("env", "javascript")

env.absent(
    "_emscripten_asm_const_{sig}",
    "_emscripten_asm_const_sync_on_main_thread_{sig}",
    "_emscripten_asm_const_async_on_main_thread_{sig}",
    note="the body of an EM_ASM block is JavaScript, in the glue: run it with --allow-js",
)
env.absent(
    "_emscripten_run_script",
    "_emscripten_run_script_int",
    "_emscripten_run_script_string",
    "_emscripten_async_run_script",
    note="it evaluates JavaScript: run it with --allow-js",
)
