"""An engine that has a C compiler make native code of what WABT's wasm2c writes, ahead of time."""
