# `make help` lists what can be asked for.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
CONFIG ?=
DESTDIR ?=
LEDGER ?=

# One worker per core; who is done early takes tests over from the others.
PYTEST := --numprocesses=auto --maxprocesses=4 --dist=worksteal $(if $(LEDGER),--ledger=$(LEDGER))

# The build's own environment obeys the constraints too.
export PIP_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP_INSTALL := .venv/bin/pip install --quiet

# $(call step,what it is,command): a header, the command, and the seconds it took.
define step
@printf '\n==== %s\n' '$(1)'; begun=$$SECONDS; $(2); printf '==== %s: %d s\n' '$(1)' "$$((SECONDS - begun))"
endef

.PHONY: help run test bench bench-verdict install clean host-programs

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make run CONFIG=my.yaml     the daemon on your own file"
	@echo "  make test LEDGER=postgresql the whole suite with its ledgers on a database server"

run: .venv/installed ## simulator and daemon on the demo; Ctrl-C stops both
	@.venv/bin/verifier $(if $(CONFIG),run --config.file '$(CONFIG)',demo)

test: .venv/ready-to-test host-programs ## everything that has to hold
	$(call step,format,.venv/bin/ruff format --check .)
	$(call step,lint,.venv/bin/ruff check .)
	$(call step,types,.venv/bin/mypy)
	$(call step,import contracts,.venv/bin/lint-imports)
	@rm -f .coverage .coverage.*
	$(call step,tests,.venv/bin/coverage run -m pytest $(PYTEST) 2>&1 | tee .venv/pytest.log)
	$(call step,branch coverage of words and pure rooms,.venv/bin/coverage combine --quiet; .venv/bin/coverage report)
	@printf '\n%s\n' "$$(tail -n 1 .venv/pytest.log)"

bench: .venv/ready-to-test ## cost of a poll and of a step, measured here and now
	@.venv/bin/python -m tests.bench

bench-verdict: .venv/ready-to-test ## false alarms, delays and intervals of the hashrate verdict against their bars
	@.venv/bin/python -m tests.bench.verdict

install: ## as root: service, daily backup and configuration on this machine (DESTDIR=folder for a package)
	@DESTDIR='$(DESTDIR)' deploy/install

clean: ## remove everything made here
	rm -rf .venv build dist *.egg-info .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find tests verifier -name __pycache__ -prune -exec rm -rf {} +

.venv/installed: pyproject.toml constraints.txt
	$(call step,install into .venv,$(PYTHON) -m venv .venv; $(PIP_INSTALL) --editable .)
	@touch $@

.venv/ready-to-test: .venv/installed
	$(call step,install what the tests need,$(PIP_INSTALL) --editable '.[dev]')
	@touch $@

host-programs: # for the tests that start a browser or Debian's own checkers
	$(call step,programs of the host,tests/host-programs)
