# One line for each target: `make help`. Needs make, git, Python 3.11 to 3.13 with venv, glibc 2.28 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Where this file is, whatever folder make was called in; the path may hold spaces.
ROOT := $(shell cd "$$(dirname "$(strip $(MAKEFILE_LIST))")" && pwd)
PYTHON := "$(ROOT)/.venv/bin/python"
INSTALL := sh "$(ROOT)/requirements/install.sh"
IN := cd "$(ROOT)" &&
PYTEST_WORKERS ?= 2
# Test modules are compiled once, not by each run and worker, also where the shell says that nothing is to be kept.
test: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test check fuzz fuzz-api mutations bench bench-web profile soak scan lock fmt test-faults

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' "$(ROOT)/Makefile" | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "make %-12s %s\n", $$1, $$2}'

run: ## start everything: PostgreSQL and Valkey where none is given, web, worker and SIP edge
	@$(INSTALL) runtime
	@$(IN) exec $(PYTHON) -m provider.run

test: ## the whole test suite and all checks, with what they need
	@$(INSTALL) dev
	@$(IN) $(PYTHON) -m tests.tools
	@$(MAKE) -C "$(ROOT)" check
	@$(IN) exec $(PYTHON) -m pytest -n $(PYTEST_WORKERS) --dist loadgroup $(PYTEST_ARGS)

fuzz: ## feed the parsers for SECONDS (600) each, guided by coverage, JOBS (2) at a time
	@$(INSTALL) dev
	@$(IN) exec $(PYTHON) -m fuzz --seconds $(or $(SECONDS),600) --jobs $(or $(JOBS),2)

fuzz-api: ## have schemathesis send COUNT (5000) requests to the API, and compare the answers with its document
	@$(INSTALL) dev
	@$(IN) FUZZ_API=$(or $(COUNT),5000) FUZZ_API_SEED=$(or $(SEED),1) exec $(PYTHON) -m pytest -q -s tests/openapi/test_fuzzing.py

mutations: ## send COUNT (100000) spoilt messages to a running edge
	@$(INSTALL) dev
	@$(IN) MUTATIONS=$(or $(COUNT),100000) exec $(PYTHON) -m pytest -q -s tests/scenarios/test_mutations.py

check: ## style, types, import contracts, missing migrations, settings fit for production
	@$(INSTALL) dev
	@$(IN) exec sh .ci/check

fmt: ## bring the code into its form
	@$(INSTALL) dev
	@$(IN) $(PYTHON) -m ruff check --fix-only --quiet . && $(PYTHON) -m ruff format .

bench: ## the edge beside Kamailio; ROWS=name,… RUNS=n RATE=n; BRIEF=1 for a look of three minutes
	@$(INSTALL) dev
	@$(IN) exec $(PYTHON) -m bench $(if $(ROWS),--rows $(ROWS)) $(if $(RUNS),--runs $(RUNS)) \
		$(if $(RATE),--rate $(RATE)) $(if $(BRIEF),--brief)

bench-web: ## every page and API operation with a million subscribers; SCALE=1.0 REPEAT=20 ONLY=/admin/calls ANEW=1
	@$(INSTALL) dev
	@$(IN) exec $(PYTHON) -m bench.web $(if $(SCALE),--scale $(SCALE)) $(if $(REPEAT),--repeat $(REPEAT)) \
		$(if $(ONLY),--only $(ONLY)) $(if $(ANEW),--anew)

profile: ## where the time of a registration and of a call goes: a table, and flame graphs in bench/results
	@$(INSTALL) dev
	@$(IN) exec $(PYTHON) -m bench.profile

soak: ## everything at once for MINUTES (10), or until COUNT registrations: does memory stay flat?
	@$(INSTALL) dev
	@$(IN) exec $(PYTHON) -m bench.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(COUNT),--count $(COUNT)) \
		$(if $(RATE),--rate $(RATE))

scan: ## SIPVicious at full length: 1,000 names by each method, 10,000 words, here and at a server known to be bad
	@$(INSTALL) dev
	@$(IN) FREITON_SCAN=long exec $(PYTHON) -m pytest tests/scenarios/test_scanners.py

test-faults: ## the faults at full length: kills, databases that stop and freeze, loss, clocks, full disks, floods
	@$(INSTALL) dev
	@$(IN) $(PYTHON) -m tests.tools
	@$(IN) FREITON_FAULTS=long exec $(PYTHON) -m pytest -q -s tests/faults $(PYTEST_ARGS)

lock: ## pin the dependencies of pyproject.toml anew, with hashes
	@$(INSTALL) dev
	@$(IN) exec sh requirements/lock.sh
