"""Decode sound: arguments are how many packets are headers, and the packets in hexadecimal.

The decoder hands samples to a host function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from compat import Module
from compat.abi.memory import Memory
from corpus.drivers import allocate, integer


def run(module: Module, args: Sequence[str]) -> str:
    headers, packets = int(args[0]), [bytes.fromhex(packet) for packet in args[1:]]
    module.call("_ogv_audio_decoder_init")
    lines = []
    for index, packet in enumerate(packets):
        address = allocate(module, packet)
        kind = "header" if index < headers else "audio"
        lines.append(f"{kind}: {integer(module, f'_ogv_audio_decoder_process_{kind}', address, len(packet))}\n")
        module.call("_free", address)
    return "".join(lines)


def imports(told: list[str]) -> Mapping[str, Callable[..., None]]:
    def format(memory: Memory, channels: int, rate: int) -> None:
        told.append(f"{channels} channels, {rate} Hz\n")

    def samples(memory: Memory, buffers: int, channels: int, count: int) -> None:
        starts = (memory.load_u32(buffers + 4 * channel) for channel in range(channels))
        digests = " ".join(sha256(memory.read(start, 4 * count)).hexdigest()[:16] for start in starts)
        told.append(f"{count} samples: {digests}\n")

    return {"env._ogvjs_callback_init_audio": format, "env._ogvjs_callback_audio": samples}
