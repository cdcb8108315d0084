# The two commands of the README are `make demo` and `make test`; everything that they need is set up by .venv/.ready.
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
POSTMORTEMS ?= examples/postmortems

.PHONY: demo test lint lock clean

.venv/.ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

test: .venv/.ready  ## the whole test suite
	$(BIN)/python -m pytest

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock:  ## needs uv on the PATH
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url -c requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf .venv $(DEMO)
