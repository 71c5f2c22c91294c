# Everything here works on a fresh clone with Python 3.11 or newer and make.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Who is done with his share takes from the others', since a few tests take much longer than the many.
PYTEST := -n auto --dist worksteal -q -rs
# How long fuzzers look, in all.
SECONDS ?= 600

.PHONY: demo test coverage lowest fuzz bench clean

demo: $(VENV)/.flowc  ## build the examples, and show what came out and what to do with it
	@$(BIN)/python examples/demo.py

test: $(VENV)/.test  ## format, lint, types, and every test
	@tests/install-servers.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest $(PYTEST)

# Two targets leave out the tests that are marked `foreign`: servers and editors that are no Python, builds that are
# killed 200 times, fuzzers, the package in another Python. They take much of the time, and neither the lowest versions of
# our dependencies nor the lines they reach make a difference. What is measured takes longer, so tests/test_hostile.py,
# which bounds time, is left out of that too.

coverage: $(VENV)/.test  ## which lines and branches of flowc no test reaches; fails below 95 %
	$(BIN)/pytest $(PYTEST) -m 'not foreign' --ignore tests/test_hostile.py --cov

lowest:  ## lint, types and tests with the lowest version of each dependency that pyproject.toml allows
	@mkdir -p .cache
	$(PYTHON) tests/lowest.py > .cache/lowest.txt
	PIP_CONSTRAINT=$(CURDIR)/.cache/lowest.txt $(MAKE) VENV=.cache/lowest .cache/lowest/.test
	.cache/lowest/bin/ruff check .
	.cache/lowest/bin/mypy --cache-dir .cache/lowest/mypy
	.cache/lowest/bin/pytest $(PYTEST) -m 'not foreign'

fuzz: $(VENV)/.test  ## look for input that breaks flowc: make fuzz SECONDS=3600
	$(BIN)/python -m tests.fuzz all $(SECONDS)

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
