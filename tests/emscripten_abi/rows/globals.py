"""Imported globals: what they hold, and what lies in memory where one is an address."""

from __future__ import annotations

import math

from .guest import OWNED, STACK

GLOBAL_BASE = 1024
NUMBERS = {
    "env.memoryBase": GLOBAL_BASE,
    "env.__memory_base": GLOBAL_BASE,
    "env.gb": GLOBAL_BASE,
    "env.tableBase": 0,
    "env.__table_base": 0,
    "env.fb": 0,
    "env.STACKTOP": STACK.start,
    "env.STACK_MAX": STACK.stop,
    "env.tempDoublePtr": OWNED.start,
    "env.DYNAMICTOP_PTR": OWNED.start + 16,
    "env.ABORT": 0,
    "env.___async": 0,
    "env.___async_unwind": 1,
    "env.___async_cur_frame": 0,
    "global.Infinity": math.inf,
    "global.NaN": math.nan,
}
DATA = {
    "env._environ": bytes(4),
    "env.___environ": bytes(4),
    "env.___dso_handle": bytes(4),
    "env._timezone": bytes(4),
    "env._daylight": bytes(4),
    "env._tzname": bytes(8),
    "env._in6addr_any": bytes(16),
    "env._in6addr_loopback": bytes(15) + b"\1",
    "env.cttz_i8": bytes(8 if n == 0 else (n & -n).bit_length() - 1 for n in range(256)),
    "env.tempDoublePtr": bytes(8),
    "env.___async_retval": bytes(8),
    "env.DYNAMICTOP_PTR": OWNED.stop.to_bytes(4, "little"),
}
