"""The WebAssembly binary format: a bounds-checked reader, a model of what it reads, and symbols."""
