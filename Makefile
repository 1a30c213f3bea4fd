# What a developer needs: `make demo`, `make test`, `make bench`, `make screenshots`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Half as many more as there are processors: tests wait for one another's answers.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 2) * 3 // 2)')

.PHONY: demo test lint types bench screenshots clean

demo: $(VENV)/.installed
	@$(BIN)/mqtail demo

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

# About ten minutes on two cores. By hand: latency.py, soak.py, peers.py for several runs of each.
bench: $(VENV)/.installed-dev
	@for program in $(filter-out bench/latency.py bench/soak.py,$(sort $(wildcard bench/[a-z]*.py))); do \
		case $$program in \
			*/peers.py) options=--quick ;; \
			*/startup.py) options='--repeat 3' ;; \
			*) options= ;; \
		esac; \
		echo "== $$program $$options"; $(BIN)/python $$program $$options || exit 1; \
	done

screenshots: $(VENV)/.installed-dev
	$(BIN)/python screenshots/take.py

clean:
	rm -rf $(VENV) .venv-peers .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "mqtail needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >&2

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@echo "Installing mqtail into $(VENV) ..." >&2
	@$(PIP) -e . >&2
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	@echo "Installing mqtail and its tools into $(VENV) ..." >&2
	@$(PIP) -e '.[dev]' >&2
	@touch $@ $(VENV)/.installed
