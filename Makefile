# Everything here works on a fresh clone with Python 3.11 or newer and make.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: demo test lowest bench clean

demo: $(VENV)/.flowc  ## build the examples, and show what came out and what to do with it
	@$(BIN)/python examples/demo.py

test: $(VENV)/.test  ## format, lint, types, and every test
	@tests/install-servers.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto -q -rs

lowest:  ## every test again, with the lowest version of each dependency that pyproject.toml allows
	@mkdir -p .cache
	$(PYTHON) tests/lowest.py > .cache/lowest.txt
	PIP_CONSTRAINT=$(CURDIR)/.cache/lowest.txt $(MAKE) test VENV=.cache/lowest

bench: $(VENV)/.test  ## how fast, against the script one would write instead, how lint grows, and what a route costs a server
	$(BIN)/python benchmarks/ratios.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/lint.py
	@tests/install-servers.sh
	$(BIN)/python -m benchmarks.hosts

clean:
	rm -rf $(VENV) .cache dist

$(VENV)/.flowc: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "flowc needs Python 3.11 or newer; say: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.flowc
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@
