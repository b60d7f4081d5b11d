# Two commands set everything up on a fresh machine with Python 3.11 or later: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_TEXT ?= A retroverted uterus with a 35 mm intramural fibroid in the posterior wall, junctional zone 5 mm, 3T

.DEFAULT_GOAL := help
.PHONY: help demo test lint benchmark train-defaults stage clean

help: ## show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-16s %s\n", $$1, $$2}'

$(VENV)/.ready-run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-run
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/.ready-stage: $(VENV)/.ready-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,stage]'
	touch $@

demo: $(VENV)/.ready-run ## generate volumes with the shipped models into demo/
	$(BIN)/uterinesynth generate --text "$(DEMO_TEXT)" --seed 1 --count 2 --out demo
	$(BIN)/uterinesynth generate --2d --text "$(DEMO_TEXT)" --seed 1 --out demo/2d
	@echo "Look at the contact sheets: $$(ls demo/*.png demo/2d/*.png | tr '\n' ' ')"

test: $(VENV)/.ready-dev ## run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

stage: $(VENV)/.ready-stage ## install what the tests of the Slicer module need

lint: $(VENV)/.ready-dev ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(VENV)/.ready-stage ## print the speeds that the docs quote
	$(BIN)/python Testing/benchmarks/phantom_speed.py
	$(BIN)/python Testing/benchmarks/startup.py
	$(BIN)/python Testing/benchmarks/synthesis_speed.py
	$(BIN)/python Testing/benchmarks/peers.py
	$(BIN)/python Testing/benchmarks/panel_open.py
	$(BIN)/python Testing/benchmarks/panel_responsiveness.py
	$(BIN)/python Testing/benchmarks/case_change.py

train-defaults: $(VENV)/.ready-dev ## train the shipped models from scratch (hours on a CPU)
	PATH="$(abspath $(BIN)):$$PATH" Training/train_defaults.sh

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) demo
