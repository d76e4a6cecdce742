#!/bin/sh
# Makes the binaries beside it. Needs the compiler of the PyPI package `ziglang` (0.17.1 made the ones that are here).
set -eu
cd "$(dirname "$0")"
for version in 4 5; do
    python3 -m ziglang cc -target wasm32-freestanding -O1 -g "-gdwarf-$version" -fdebug-compilation-dir=. -nostdlib \
        -Wl,--no-entry -o "trap-dwarf$version.wasm" trap.c
    chmod 644 "trap-dwarf$version.wasm"
done
