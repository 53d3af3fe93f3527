# Two commands: `make run` starts everything, `make test` checks everything; `make check` is for while working.
# They need Python 3.11 or newer and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run check test lint coverage format lock clean

run: $(VENV)/run.stamp
	@$(BIN)/bihuan up

# The files in our own order, see tests/conftest.py: the one that takes longest must not come last.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# What no test is needed for, and the tests that need neither minutes nor PostgreSQL, Chromium or Prefect.
check: lint
	$(PYTEST) -m "not slow and not postgres and not browser and not prefect"

test: lint
	$(PYTEST) -m "not prefect"
	$(BIN)/pytest -m prefect

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(VENV)/test.stamp
	$(PYTEST) -m "not prefect" --cov --cov-report=
	$(BIN)/pytest -m prefect --cov --cov-append

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Names, versions and hashes, no addresses: where packages come from is the machine's own setting.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

lock: $(VENV)/test.stamp
	$(LOCK) --upgrade pyproject.toml --group build --output-file requirements.lock
	$(LOCK) --upgrade pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install -qq --no-deps --require-hashes --requirement requirements.lock
	$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install -qq --no-deps --require-hashes --requirement requirements-dev.lock
	$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/run.stamp

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bihuan needs Python 3.11 or newer; say which, as in: make run PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
