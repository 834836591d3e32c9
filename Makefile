# make help lists what can be made. Every target works from a fresh clone; nothing is installed outside .venv and
# node_modules, but for a browser (make test, and only as root on a machine with apt-get).

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: help run test test-python test-viewer test-oldest test-newest check docs format wheel constraints screenshots browser clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# A shim of that name may stand for a version that is not there, so each candidate is asked.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

# Only as given to make: a HOST in the environment is often the machine's name.
SERVE :=
ifeq ($(origin HOST),command line)
SERVE += RESNET_DEMO_HOST=$(HOST)
endif
ifeq ($(origin PORT),command line)
SERVE += RESNET_DEMO_PORT=$(PORT)
endif

# What pytest runs, and in how many processes: make test TESTS="tests/network -x" WORKERS=1
TESTS ?= tests
WORKERS ?= 2

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed ## serve the page on http://127.0.0.1:7860 (HOST=0.0.0.0 PORT=8080 to change that)
	$(SERVE) $(BIN)/python app.py

test: browser test-viewer test-python ## install what tests need, a browser too, and run every test

test-python: $(VENV)/installed-dev node_modules/.package-lock.json ## the Python and browser tests alone (TESTS=... chooses)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

test-viewer: node_modules/.package-lock.json ## the viewer's tests, under Node
	@sh scripts/test-viewer.sh

test-oldest: ## the fast tests and the server's on the oldest versions that are allowed, installed below build/
	sh scripts/test-versions.sh oldest "$(PYTHON)"

test-newest: ## the same on the newest versions
	sh scripts/test-versions.sh newest "$(PYTHON)"

check: $(VENV)/installed-dev ## lint, format, types, and the fast tests: documentation and rooms among them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m fast

docs: $(VENV)/installed-docs ## build the documentation into build/docs, its links checked
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

format: $(VENV)/installed-dev ## put the Python files into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(VENV)/installed-dev browser ## take the pictures that the documentation shows
	$(BIN)/python scripts/screenshots.py

wheel: $(VENV)/installed-dev ## build the package, assets included, into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

constraints: ## write constraints.txt and the lock files anew from what the requirements resolve to today
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Name one: make constraints PYTHON=/path/to/python3" >&2; exit 1; }
	sh scripts/constraints.sh "$(PYTHON)"

browser: ## look for Chromium; as root with apt-get, install it
	@sh scripts/browser.sh

clean: ## remove everything that make made
	rm -rf $(VENV) node_modules dist build .pytest_cache .ruff_cache .mypy_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Install one, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing what the page needs into $(VENV). The first time this takes some minutes: PyTorch is large."
	$(PIP) install -r requirements.txt -c constraints.txt
	@touch $@

$(VENV)/installed-docs: requirements-docs.txt constraints.txt | $(VENV)/bin/python
	$(PIP) install -r requirements-docs.txt -c constraints.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-docs.txt $(VENV)/installed
	$(PIP) install -r requirements-dev.txt -c constraints.txt
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer, with npm, runs the viewer's tests. Install it (Debian: apt-get install nodejs npm), then make test again." >&2; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@
