# `make demo` runs the sample program, `make test` every check. Each sets up all it needs, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types gen-check unit corpus bench scaling clean

demo: .venv/.ready
	$(BIN)/compat inspect samples/hello.wasm
	$(BIN)/compat run samples/hello.wasm one two

test: lint types gen-check unit

.venv/.ready: pyproject.toml setup.py $(wildcard compat/*/*.c compat/*/*.txt)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready
	$(BIN)/mypy

# Generated files are committed; this proves that they are what their sources say.
gen-check: .venv/.ready
	$(BIN)/python tools/generate.py --check

corpus: .venv/.ready
	$(BIN)/compat corpus fetch

unit: corpus
	$(BIN)/pytest -n 2

bench: corpus
	$(BIN)/python -m bench --json bench.json --plot bench.svg

scaling: corpus
	$(BIN)/python -m bench.scaling

clean:
	rm -rf .venv build *.egg-info
