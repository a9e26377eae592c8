# Tocsin: `make demo` shows it, `make test` proves it. Everything lives in .venv and .services.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check bench kafka lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Tocsin needs Python 3.11 or newer: set PYTHON=python3.12, for example") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.runtime ## Set up .venv to run Tocsin

setup-dev: $(VENV)/.dev ## Set up .venv to work on Tocsin

demo: setup ## Show the main job: an incident of an invented brand, from the first post to the last page
	$(BIN)/tocsin demo $(ARGS)

test: setup-dev ## Run every test with real Kafka, PostgreSQL, Prometheus and Chromium
	$(BIN)/python -m deploy.services.ensure
	$(BIN)/python -m pytest $(ARGS)

check: setup-dev ## Lint, types, import rules and unit tests, in about two minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q --numprocesses auto --hypothesis-profile quick -m "not kafka and not postgres and not prometheus and not chromium and not process"

bench: setup-dev ## Measure speed beside an anchor, as JSON lines; ONLY=FIGURE for one of them
	$(BIN)/python -m deploy.services.ensure
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(ARGS)

kafka: setup-dev ## Start a real Apache Kafka broker on loopback, for development
	$(BIN)/python -m deploy.kafka $(ARGS)

lock: ## Pin the newest allowed versions again (needs uv)
	uv pip compile --universal --python-version 3.11 --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra build --extra apprise --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove what was set up
	rm -rf $(VENV) .services .tocsin build *.egg-info
