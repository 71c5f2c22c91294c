# Everything here works on a fresh clone with Python 3.11 or newer and make.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --quiet
# Who is done with his share takes from the others', since a few tests take much longer than the many.
PYTEST := -n auto --dist worksteal -q -rs
# What is installed to run flowc, and to test it.
RUN ?= requirements/run.txt
TEST ?= requirements/test.txt
# The tests start flowc a thousand times, which takes twice as long without bytecode.
unexport PYTHONDONTWRITEBYTECODE
# How long fuzzers look, in all.
SECONDS ?= 600

# The same packages on every day: each lock names every package with its version and hashes, for all Pythons and systems.
COMPILE := .cache/lock/bin/uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 \
  --generate-hashes --custom-compile-command 'make lock'

.PHONY: demo test coverage lowest newest lock sbom fuzz hours proofs mutants bench bench-quick measures clean

demo: $(VENV)/.flowc  ## build the examples, and show what came out and what to do with it
	@$(BIN)/python examples/demo.py

test: $(VENV)/.test  ## format, lint, types, and every test
	@tests/install-servers.sh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest $(PYTEST)

# Three targets leave out the tests that are marked `foreign`: servers and editors that are no Python, builds that are
# killed 200 times, fuzzers, the package in another Python. They take much of the time, and neither the versions of our
# dependencies nor the lines they reach make a difference. What is measured takes longer, so tests/hostile/test_hostile.py,
# which bounds time, is left out of that too.

coverage: $(VENV)/.test  ## which lines and branches of flowc no test reaches; fails below 95 %
	$(BIN)/pytest $(PYTEST) -m 'not foreign and not proof' --ignore tests/hostile/test_hostile.py --cov

lowest:  ## lint, types and tests with the lowest version of each dependency that pyproject.toml allows
	$(MAKE) VENV=.cache/lowest RUN=requirements/lowest.txt TEST=requirements/lowest.txt .cache/lowest/.test
	.cache/lowest/bin/ruff check .
	.cache/lowest/bin/mypy --cache-dir .cache/lowest/mypy
	.cache/lowest/bin/pytest $(PYTEST) -m 'not foreign and not proof'

newest:  ## the same with the newest versions, as of today: what `make lock` would bring
	rm -rf .cache/newest
	$(PYTHON) -m venv .cache/newest
	.cache/newest/bin/pip --disable-pip-version-check install --quiet --editable '.[test]'
	.cache/newest/bin/pytest $(PYTEST) -m 'not foreign and not proof'
	.cache/newest/bin/mypy --cache-dir .cache/newest/mypy
	.cache/newest/bin/ruff check .

lock:  ## resolve the newest versions that pyproject.toml allows, and write requirements/
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip --disable-pip-version-check install --quiet --upgrade uv
	$(COMPILE) --extra test -o requirements/test.txt pyproject.toml
	echo hatchling | $(COMPILE) --extra audio --extra ical -c requirements/test.txt -o requirements/run.txt pyproject.toml -
	$(PYTHON) tests/house/lowest.py | $(COMPILE) --extra test -c - -o requirements/lowest.txt pyproject.toml
	$(MAKE) sbom

sbom:  ## write what a released wheel needs to run, in CycloneDX, from the lock; it is packed into the wheel
	$(PYTHON) tests/house/sbom.py > requirements/flowc.cdx.json

fuzz: $(VENV)/.test  ## look for input that breaks flowc: make fuzz SECONDS=3600
	$(BIN)/python -m tests.properties.fuzz all $(SECONDS)

hours: $(VENV)/.test  ## the calendars of every time zone at a million instants, compared with a direct evaluation
	$(BIN)/pytest $(PYTEST) -m "" tests/hours

proofs: $(VENV)/.test  ## what `make test` does on a small scale, on a large one: a thousand routes on every server
	@tests/install-servers.sh
	$(BIN)/pytest $(PYTEST) -m proof
	FLOWC_EXAMPLES=10 $(BIN)/pytest $(PYTEST) tests/properties

mutants: $(VENV)/.test  ## change the compiler's source in every small way, and list the changes that no test of meaning notices
	$(BIN)/python -m tests.meaning.mutants $(WORDS)

bench: $(VENV)/.test .cache/benchmarks/.installed  ## every ratio beside its target: make bench WORDS='--write hosts'
	$(BIN)/python -m benchmarks $(WORDS)

bench-quick: $(VENV)/.test  ## ratios with a small spread; fails if one is 25 % above benchmarks/ratios.json
	$(BIN)/python -m benchmarks --quick

# Without npm, the script for Node.js is left out.
.cache/benchmarks/.installed: benchmarks/package-lock.json
	@mkdir -p $(@D)
	@cp benchmarks/package.json benchmarks/package-lock.json $(@D)
	@npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent && touch $@ || \
	  echo 'not installed: what naive.cjs requires'

measures: $(VENV)/.test  ## the measures of the code base beside their goals; never fails
	$(BIN)/python -m tests.house.measures

clean:
	rm -rf $(VENV) .cache dist

$(VENV)/.flowc: pyproject.toml $(RUN)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "flowc needs Python 3.11 or newer; say: make PYTHON=python3.12")'
	@echo 'Installing flowc and what it needs into $(VENV).'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r $(RUN)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.flowc $(TEST)
	@echo 'Installing what the tests need into $(VENV).'
	@$(PIP) --require-hashes -r $(TEST)
	@touch $@
