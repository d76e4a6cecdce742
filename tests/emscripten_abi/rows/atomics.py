"""Atomic operations: those on 64 bits take halves, and give the high one of a result through the register."""

from __future__ import annotations

from collections.abc import Iterator

from tests.calls import BEYOND, Case, Out, Place, call, case, u32, u64

WAS = 0x1122_3344_FFFF_FFFE
OPERAND = 0x0F0F_0F0F_0000_0003
SEQ_CST = 5
ALL = (1 << 64) - 1
CHANGES = {
    "add": (WAS + OPERAND) & ALL,
    "sub": (WAS - OPERAND) & ALL,
    "and": WAS & OPERAND,
    "or": WAS | OPERAND,
    "xor": WAS ^ OPERAND,
    "exchange": OPERAND,
}


def halves(value: int) -> tuple[int, int]:
    return value & 0xFFFF_FFFF, value >> 32


def _names(operation: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The compiler's and the library's name of an operation, with what follows the operand."""
    exchange = operation == "exchange"
    yield f"___atomic_{'' if exchange else 'fetch_'}{operation}_8", (SEQ_CST,)
    yield f"_emscripten_atomic_{operation}_u64" if exchange else f"__emscripten_atomic_fetch_and_{operation}_u64", ()


def _cases() -> Iterator[Case]:
    for operation, new in CHANGES.items():
        for name, rest in _names(operation):
            yield case(
                f"{name} gives what was there",
                call(name, Out(u64(new), before=u64(WAS)), *halves(OPERAND), *rest, gives=halves(WAS)[0]),
                call("getTempRet0", gives=halves(WAS)[1]),
                call(name, BEYOND, *halves(OPERAND), *rest, gives=0, ends=""),
            )
    for name, rest in (("___atomic_load_8", (SEQ_CST,)), ("_emscripten_atomic_load_u64", ())):
        yield case(
            name,
            call(name, u64(WAS), *rest, gives=halves(WAS)[0]),
            call("getTempRet0", gives=halves(WAS)[1]),
            call(name, BEYOND, *rest, gives=0, ends=""),
        )
    for orders in ((0, SEQ_CST, SEQ_CST), (SEQ_CST, SEQ_CST)):
        expected = Place(u64(1))
        yield case(
            f"___atomic_compare_exchange_8 with {len(orders)} numbers behind",
            call("___atomic_compare_exchange_8", u64(WAS), expected.then(u64(WAS)), *halves(OPERAND), *orders, gives=0),
            call(
                "___atomic_compare_exchange_8",
                Out(u64(OPERAND), before=u64(WAS)),
                expected,
                *halves(OPERAND),
                *orders,
                gives=1,
            ),
        )


CASES = [
    *_cases(),
    case(
        "a store",
        call("___atomic_store_8", Out(u64(WAS)), *halves(WAS), SEQ_CST, gives=None),
        call("___atomic_store_8", BEYOND, *halves(WAS), SEQ_CST, gives=None, ends=""),
    ),
    case(
        "a store gives what was stored",
        call("_emscripten_atomic_store_u64", Out(u64(WAS)), *halves(WAS), gives=halves(WAS)[0]),
        call("getTempRet0", gives=halves(WAS)[1]),
    ),
    case(
        "compare and swap gives what was there",
        call("_emscripten_atomic_cas_u64", u64(WAS), 1, 0, *halves(OPERAND), gives=halves(WAS)[0]),
        call(
            "_emscripten_atomic_cas_u64",
            *(Out(u64(OPERAND), before=u64(WAS)), *halves(WAS), *halves(OPERAND)),
            gives=halves(WAS)[0],
        ),
        call("getTempRet0", gives=halves(WAS)[1]),
    ),
    *(
        case(
            name,
            call(name, Out(u32(2), before=u32(-1)), 3, gives=-1),
            call(name, BEYOND, 3, gives=0, ends=""),
        )
        for name in ("_emscripten_atomic_add_u32", "_llvm_atomic_load_add_i32_p0i32")
    ),
    case("a barrier", call("_llvm_memory_barrier", gives=None)),
    case(
        "what is lock-free",
        *(call("___atomic_is_lock_free", size, 0, gives=int(size in (0, 1, 2, 4))) for size in (0, 1, 2, 3, 4, 8, 16)),
        call("___atomic_is_lock_free", 4, 2, gives=0),
    ),
]
