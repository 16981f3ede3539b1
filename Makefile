# Everything a newcomer needs: `make demo` to see the program work, `make test`
# before a change is handed in. Both set up .venv by themselves.

PYTHON ?= python3
VENV ?= .venv
# One more than there are cores: many tests wait for processes and servers of their own.
WORKERS ?= $(shell expr $$(nproc) + 1)
COVERAGE ?= 90
COVERAGE_MEASURE ?= 95
# For `make soak`; `make test` lives through a thousand histories, and kills thirty runs.
HISTORIES ?= 100000
KILLS ?= 300
WEEKS ?= 53
# For `make bench`: posts of the archives. A million take half an hour.
SIZES ?= 10000 100000

BIN := $(VENV)/bin
# An install is good until the project file or the constraints change.
INPUTS := pyproject.toml constraints.txt
RUNTIME := $(VENV)/.installed
DEVELOPMENT := $(VENV)/.installed-dev
# Workers share the cores: threads of each for all cores would hinder the others.
PYTEST := POLARS_MAX_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
	--numprocesses=$(WORKERS) --dist=loadgroup

# An image that forbids bytecode has every process of the tests compile everything.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help demo test check static bytecode coverage bench study soak browser clean constraints

help:
	@echo "make demo         set up, then show a report about three invented brands"
	@echo "make test         set up, then run every check and every test"
	@echo "make check        formatting, lint, types, layers and documentation"
	@echo "make coverage     which parts the tests reach"
	@echo "make bench        time and memory of everything, beside others (10 minutes; SIZES=)"
	@echo "make study        check the statistics on weeks whose truth is known (half an hour)"
	@echo "make soak         a hundred thousand random histories, and a year by itself (hours)"
	@echo "make constraints  resolve the dependencies anew into constraints.txt"
	@echo "make clean        remove what these commands made, except reports"

demo: $(RUNTIME)
	$(BIN)/listener demo

# The tests are those of `make check` too; a browser can be fetched while types are checked.
test: $(DEVELOPMENT)
	@$(MAKE) --no-print-directory --jobs=2 browser bytecode static
	$(PYTEST) --maxprocesses=4 -m "not soak or long"

# To see what tests reach makes them half as slow again; what takes long adds nothing to it.
coverage: $(DEVELOPMENT) browser
	$(PYTEST) --maxprocesses=4 -m "not long and not soak" --cov=listener --cov-report= --cov-fail-under=$(COVERAGE)
	$(BIN)/python -m coverage report --include='listener/measure/*' --fail-under=$(COVERAGE_MEASURE)

check: $(DEVELOPMENT) static
	$(BIN)/python -m pytest --quiet tests/test_docs.py tests/test_project.py

static: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Else each worker would compile all tests; what is wrong with them, their run tells.
bytecode: $(DEVELOPMENT)
	-@$(BIN)/python -m pytest --collect-only --quiet --quiet >/dev/null 2>&1

browser: $(DEVELOPMENT)
	$(BIN)/python -m tests.browser

bench: $(DEVELOPMENT)
	$(BIN)/python -m tests.bench $(SIZES)

study: $(DEVELOPMENT)
	$(BIN)/python -m tests.study

soak: $(DEVELOPMENT)
	HISTORIES=$(HISTORIES) KILLS=$(KILLS) WEEKS=$(WEEKS) STRIDE=1 $(PYTEST) -m soak

constraints: $(BIN)/python
	$(BIN)/python .ci/resolve.py

clean:
	rm -rf $(VENV) .bench dist build .coverage htmlcov .hypothesis .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): $(BIN)/python $(INPUTS)
	VENV=$(VENV) sh .ci/install .
	touch $@

$(DEVELOPMENT): $(BIN)/python $(INPUTS)
	VENV=$(VENV) sh .ci/install '.[dev]'
	touch $@ $(RUNTIME)
