# Everything is installed into .venv; pip and npm keep their caches where they always do, and Patrol keeps models
# and footage in its own (PATROL_CACHE_DIR). Needs Python 3.11 or newer, and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Processes that run tests: many of them wait for real timeouts, so one more than this class of machine has cores.
JOBS ?= 3
SETUP := .make/setup

.DEFAULT_GOAL := help
.PHONY: help setup run test check fix page bench docs clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(SETUP) ## make the environment in .venv

$(SETUP): pyproject.toml constraints.txt
	@mkdir -p .make
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Patrol needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setup: environment in .venv (a minute or so, about 1.3 GB with the tools)"
	@date +%s > .make/started
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable '.[demo,page,test]'
	@echo "setup: environment took $$(( $$(date +%s) - $$(cat .make/started) )) s"
	@touch $@

page: $(SETUP) ## build the operator's page, when its sources changed
	@$(BIN)/python patrol/console/web/build.py

run: page ## the main job on real footage: four cameras, a page, a gathering within two minutes
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/patrol demo $(ARGS)

test: page ## all tests; says what it skipped
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

check: page ## format, lint, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(SETUP) ## format, and repair what can be repaired
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(SETUP) ## cameras on one core; adds a row to benchmarks/results
	@$(BIN)/patrol bench cameras $(ARGS)

docs: $(SETUP) ## write the generated part of docs/reference
	@$(BIN)/python docs/generate.py

clean: ## remove what was made
	@rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist \
	  patrol/console/web/dist patrol/console/web/node_modules
