# make demo   a trial from its printed page to patients, a real one to its report: demo/
# make test   the whole test suite
# Both do all their own set-up: a .venv beside this file, with uv if it is there, else with pip.

UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check attack bench lock docs clean
.DELETE_ON_ERROR:

help:
	@sed -n '1,3p' Makefile
	@echo "# make check  format, lint, types, import contracts, docs    make docs   rewrite generated tables"
	@echo "# make attack slow attacks and soaks                         make bench  speed, as ratios"
	@echo "# make lock   pin every dependency anew                      make clean  remove .venv and demo"

demo: .venv/.base
	$(BIN)/adjuvant demo --out demo

test: .venv/.all
	$(BIN)/python -m pytest -m "not slow"

check: .venv/.all
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/build.py --check

attack: .venv/.all
	$(BIN)/python -m pytest -m slow --timeout 3600

bench: .venv/.all
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: .venv/.all
	$(BIN)/python docs/build.py

# The two locks name no host: pip and uv ask whatever index this machine is set to.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate pyproject.toml -o requirements-base.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --all-extras --group dev -c requirements-base.lock pyproject.toml \
	  -o requirements.lock

clean:
	rm -rf .venv demo

.venv/bin/python:
ifdef UV
	uv venv -q --python '>=3.11,<3.14' .venv
else
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "adjuvant needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is" \
	       "$$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
endif

# $(1): the lock file. The package itself is installed editable, so that a checkout is what runs.
ifdef UV
install = uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) && \
          uv pip install -q --python $(BIN)/python --no-deps -e .
else
install = $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1) && \
          $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
endif

.venv/.base: .venv/bin/python pyproject.toml requirements-base.lock
	@echo "Installing adjuvant and what it needs into .venv ..."
	@$(call install,requirements-base.lock)
	@$(BIN)/python -m compileall -q src
	@$(BIN)/adjuvant warmup
	@touch $@

.venv/.all: .venv/.base requirements.lock
	@echo "Installing the extras and the developers' tools into .venv ..."
	@$(call install,requirements.lock)
	@touch $@
