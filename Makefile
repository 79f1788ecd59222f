# Two commands matter: `make demo` and `make test`. They need python3 (3.11 or later), make and git, and fetch the rest
# into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test test-all docs lint clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      run everybody who ships with the package and write a report"
	@echo "make test      the quick tests, under ten minutes on two cores"
	@echo "make test-all  every test"
	@echo "make docs      docs/science from the texts of the network"
	@echo "make lint      the style"
	@echo "make clean     remove .venv, caches and runs of the demo"

demo: $(READY)
	$(BIN)/myoflare demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(READY)
	$(BIN)/python -m pytest -n 2

docs: $(READY)
	$(BIN)/python -m myoflare.report.docs docs/science

lint: $(READY)
	$(BIN)/ruff check src tests

$(READY): pyproject.toml scripts/venv.sh scripts/peers.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/venv.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	VENV="$(VENV)" sh scripts/peers.sh
	@touch $@

clean:
	rm -rf $(VENV) runs/demo .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
