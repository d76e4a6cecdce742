"""Functions that the host calls later: timers and the main loop."""

from __future__ import annotations

from tests.calls import BEYOND, Out, call, case, u32

from .guest import STACK

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
        "sleeping",
        call("_emscripten_sleep", 20, gives=None),
        call("_emscripten_sleep", -1, gives=None),
        call("_emscripten_sleep_with_yield", 20, gives=None),
    ),
    case(
        "a program looks through its stack, which is empty",
        call("_emscripten_scan_stack", 7, gives=None, calls=[("vii", 7, STACK.start, STACK.start)]),
    ),
    case(
        "timers have numbers",
        call("_emscripten_set_timeout", 7, 10.0, 5, gives=1, calls=[("vi", 7, 5)]),
        call("_emscripten_set_immediate", 8, 6, gives=2, calls=[("vi", 8, 6)]),
        call("_emscripten_set_interval", 9, 10.0, 7, gives=3, calls=2 * [("vi", 9, 7)]),
        frames=2,
    ),
    *(
        case(
            f"{name} ends what repeats",
            call("_emscripten_set_interval", 9, 10.0, 7, gives=1, calls=[("vi", 9, 7)]),
            functions={9: call(f"_emscripten_{name}", 1, gives=None)},
            frames=5,
        )
        for name in ("clear_timeout", "clear_interval", "clear_immediate", "cancel_animation_frame")
    ),
    *(
        case(
            f"{name} calls as often as there are frames",
            call(f"_emscripten_{name}", *arguments, gives=1, calls=count * [("vi", 8, 5)]),
            functions={7: call("_emscripten_async_call", 8, 5, 0, gives=None)},
            module={"called": ("ii", "idi")},
            frames=2,
        )
        for name, arguments, count in (
            ("set_timeout_loop", (7, 10.0, 1), 2),
            ("set_immediate_loop", (7, 1), 2),
            ("request_animation_frame", (7, 1), 1),
            ("request_animation_frame_loop", (7, 1), 2),
        )
    ),
    case("a string that is thrown", call("_emscripten_throw_string", "why", ends="threw 'why' at JavaScript")),
    case(
        "a request that fails can be given up, or not any more",
        call("_emscripten_async_wget2", *("u", "f", "GET", ""), 5, 7, 8, 0, calls=[("viii", 8, 0, 5, 0)]),
        call("_emscripten_async_wget2_abort", 0, gives=None),
    ),
    case("expected blockers", call("_emscripten_set_main_loop_expected_blockers", 3, gives=None)),
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
