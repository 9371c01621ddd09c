# Two commands do everything on a fresh machine with Python 3.11+ and make: `make run`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FUZZ_SECONDS ?= 40
COUNT ?= 20000
# Slow tests wait for a third of their time rather than compute.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) * 3 // 2)')

# Where the environment forbids it, every start would compile every library anew: two seconds each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint check fuzz crash bench docs formats-report hostile-report limits-report clean

help:           ## What there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 28

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Margins needs Python 3.11 or newer; call make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --editable '.[server]'
	@touch $@

$(VENV)/.ready-check: $(VENV)/.ready-dev
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --editable '.[check-aws]'
	@touch $@

$(VENV)/.ready-dev: $(READY)
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: $(READY)   ## Start the whole service on loopback and deliver a sample mail
	@$(BIN)/margins serve --demo

test: $(VENV)/.ready-dev  ## The test suite, under three minutes
	$(BIN)/pytest -n auto -m 'not slow'

lint: $(VENV)/.ready-check ## Style, types and the walls between the rooms
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	MYPYPATH=src:tests/e2e $(BIN)/mypy --follow-imports=silent bench/*.py bench/servers/*.py
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.ready-dev  ## Write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

$(VENV)/.ready-fuzz: $(VENV)/.ready-dev
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --only-binary atheris --editable '.[fuzz]' \
		|| echo 'No wheel of atheris for this machine: nothing will be fuzzed.'
	@touch $@

.tools/dkimpy: $(VENV)/.ready-dev
	@$(BIN)/pip download --quiet --disable-pip-version-check --no-binary :all: --no-deps --dest $@ dkimpy==1.1.8 \
		|| echo 'No source of dkimpy: its own tests are left out.'

# In an environment apart: it pins versions of its own.
.tools/checkov:
	@$(PYTHON) -m venv $@
	@$@/bin/pip install --quiet --no-compile --disable-pip-version-check 'checkov>=3.3,<4' \
		|| { rm -rf $@; echo 'No checkov for this machine: what is deployed is not scanned.'; }

.tools/sam:
	@$(PYTHON) -m venv $@
	@$@/bin/pip install --quiet --no-compile --disable-pip-version-check 'aws-sam-cli>=1.150,<2' \
		|| { rm -rf $@; echo 'No SAM for this machine: the template is not built by it.'; }

check: lint $(VENV)/.ready-fuzz .tools/dkimpy .tools/checkov .tools/sam  ## Everything slower: generated docs, fuzzing, Postfix, real servers
	$(BIN)/python docs/generate.py --check
	$(BIN)/pytest -n $(WORKERS) -m 'slow or hypothesis' --hypothesis-profile=thorough
	$(BIN)/python fuzz/fuzz.py --seconds $(FUZZ_SECONDS) --seed 1

fuzz: $(VENV)/.ready-fuzz  ## New seeds, and real mails mutated: make fuzz COUNT=1000000 FUZZ_SECONDS=600
	$(BIN)/python fuzz/fuzz.py --seconds $(FUZZ_SECONDS)
	$(BIN)/python fuzz/mutate.py $(COUNT)

crash: $(VENV)/.ready-dev ## 200 kills and 20,000 mails, an hour: nothing lost, nothing doubled
	$(BIN)/python tests/crash/loop.py

bench: $(VENV)/.ready-dev  ## Performance, as ratios against named peers in one run
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script; done

formats-report: $(VENV)/.ready-dev  ## Every sample file: identified, annotations, skipped and why
	$(BIN)/python bench/formats_report.py

hostile-report: $(VENV)/.ready-dev  ## Hostile mails and the corpora: time, memory, answer, for docs/
	$(BIN)/python tests/security/measuring.py

limits-report: $(VENV)/.ready-dev  ## The answer at each limit of the SMTP port, and 1,000 slow clients
	$(BIN)/python tests/security/limits.py

clean:          ## Remove what make made, except the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
