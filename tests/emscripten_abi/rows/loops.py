"""Functions that the host calls later: timers and the main loop."""

from __future__ import annotations

from tests.calls import BEYOND, Out, call, case, u32

RAF, SETTIMEOUT = 1, 0
FRAME = [("v", 7)]

CASES = [
    case(
        "a call after a time",
        call("_emscripten_async_call", 7, 1, 10, gives=None, calls=[("vi", 7, 1)]),
        call("_emscripten_async_call", 8, 2, -1, gives=None, calls=[("vi", 8, 2)]),
    ),
    case(
        "a main loop gets its frames, and is asked for its timing",
        call("_emscripten_set_main_loop_timing", RAF, 2, gives=1),
        call("_emscripten_set_main_loop", 7, 50, 0, gives=None, calls=3 * FRAME),
        call("_emscripten_get_main_loop_timing", Out(u32(SETTIMEOUT)), Out(u32(20)), gives=None),
        call("_emscripten_set_main_loop_timing", RAF, 2, gives=0),
        call("_emscripten_get_main_loop_timing", Out(u32(RAF)), Out(u32(2)), gives=None),
        call("_emscripten_get_main_loop_timing", 0, 0, gives=None),
        call("_emscripten_set_main_loop", 7, 0, 0, ends="main loop already"),
        frames=3,
    ),
    case(
        "a main loop with an argument",
        call("_emscripten_set_main_loop_arg", 7, 5, 0, 0, gives=None, calls=2 * [("vi", 7, 5)]),
        call("_emscripten_cancel_main_loop", gives=None),
        call("_emscripten_set_main_loop", 8, 0, 0, gives=None),
        call("_emscripten_pause_main_loop", gives=None),
        call("_emscripten_resume_main_loop", gives=None),
        frames=2,
    ),
    case(
        "a bad address for a timing",
        call("_emscripten_get_main_loop_timing", BEYOND, 0, gives=None, ends="EFAULT"),
    ),
    case(
        "blockers come in place of frames",
        call("__emscripten_push_main_loop_blocker", 8, 1, "name", gives=None),
        call("__emscripten_push_uncounted_main_loop_blocker", 9, 2, "name", gives=None),
        call("_emscripten_set_main_loop", 7, 0, 0, gives=None, calls=[("vi", 8, 1), ("vi", 9, 2), *FRAME]),
        frames=1,
    ),
]
