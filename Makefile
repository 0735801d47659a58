# Two commands set up everything by themselves: `make demo` and `make test`. Both start from a bare checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench eval build clean

demo: $(VENV)/.ready browser
	$(BIN)/govcrawl demo --out out/demo

test: $(VENV)/.ready-test browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/.ready-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/govcrawl rules check

bench: $(VENV)/.ready-test
	sh tools/system-packages.sh nginx
	$(BIN)/pip install -qq -c constraints.txt --group bench
	$(BIN)/python -m bench

eval: $(VENV)/.ready-test
	$(BIN)/python -m evals

build: $(VENV)/.ready-test
	$(BIN)/python -m build --outdir dist .

.PHONY: browser
browser:
	@sh tools/system-packages.sh browser
	@sh tools/system-packages.sh archive

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade "pip>=25.1"

$(VENV)/.ready: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -qq -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	$(BIN)/python -m pip install -qq -c constraints.txt --group test --group lint
	@touch $@

clean:
	rm -rf $(VENV) out dist .mypy_cache .ruff_cache .pytest_cache
