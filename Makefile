# `make demo` runs the sample program, `make test` every check. Each sets up all it needs, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types gen-check unit native corpus bench scaling clean

demo: .venv/.ready
	$(BIN)/compat inspect samples/hello.wasm
	$(BIN)/compat run samples/hello.wasm one two

test: lint types gen-check unit native

.venv/.ready: pyproject.toml setup.py $(wildcard compat/*/*.c compat/*/*.txt compat/engine/wasm2c/*.c)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready
	$(BIN)/mypy
	for platform in win32 darwin freebsd; do $(BIN)/mypy --platform $$platform --package compat || exit; done

# Generated files are committed; this proves that they are what their sources say.
gen-check: .venv/.ready
	$(BIN)/python tools/generate.py --check

corpus: .venv/.ready
	$(BIN)/compat corpus fetch

unit: corpus
	$(BIN)/pytest -n 2

# Programs with code that a C compiler makes: exceptions of C++, setjmp, side modules, WASI; two of the corpus.
native: corpus
	COMPAT_ENGINE=native $(BIN)/pytest -n 2 tests/emscripten_abi/test_cxx_compiled.py tests/emscripten_abi/test_setjmp.py \
	    tests/emscripten_abi/test_dynamic.py tests/wasi_p1/test_compiled.py
	COMPAT_ENGINE=native $(BIN)/pytest -n 2 tests/corpus/test_runs.py -k "argon2 or timidity"

bench: corpus
	$(BIN)/python -m bench --json bench.json --plot bench.svg

scaling: corpus
	$(BIN)/python -m bench.scaling

clean:
	rm -rf .venv build *.egg-info
