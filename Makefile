# One line for each target: `make help`. Needs make, git, Python 3.11 to 3.13 with venv, glibc 2.28 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
VENV := $(ROOT)/.venv
PYTHON := $(VENV)/bin/python
INSTALL := sh $(ROOT)/requirements/install.sh
PYTEST_WORKERS ?= 2

.PHONY: help run test check lock fmt

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(ROOT)/Makefile | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "make %-12s %s\n", $$1, $$2}'

run: ## start everything: PostgreSQL and Valkey where none is given, web, worker and SIP edge
	@$(INSTALL) runtime
	@cd $(ROOT) && exec $(PYTHON) -m provider.run

test: ## the whole test suite and all checks, with what they need
	@$(INSTALL) dev
	@cd $(ROOT) && $(PYTHON) -m tests.tools
	@$(MAKE) -C $(ROOT) check
	@cd $(ROOT) && exec $(PYTHON) -m pytest -n $(PYTEST_WORKERS) --dist loadgroup $(PYTEST_ARGS)

check: ## style, types, import contracts, missing migrations, settings fit for production
	@$(INSTALL) dev
	@cd $(ROOT) && exec sh .ci/check

fmt: ## bring the code into its form
	@$(INSTALL) dev
	@cd $(ROOT) && $(PYTHON) -m ruff check --fix-only --quiet . && $(PYTHON) -m ruff format .

lock: ## pin the dependencies of pyproject.toml anew, with hashes
	@$(INSTALL) dev
	@cd $(ROOT) && exec sh requirements/lock.sh
