# make figures | test | report | verify | proofs | docs | lint | deep | bench | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
SETTINGS ?=
NAMES ?=
JOBS ?= auto
SIDE_BY_SIDE := $(if $(filter-out auto,$(JOBS)),--jobs $(JOBS))
SCALE ?= default

.PHONY: help install figures test report verify proofs docs readme lint deep bench clean

help:
	@echo "make figures   regenerate the theory figures and $(OUT)/report.html   (SETTINGS='...' SCALE=quick|default|paper)"
	@echo "make test      run the test suite; SETTINGS='...' runs those settings' tests"
	@echo "make report    verify, prove and draw in one go; says first how long it takes"
	@echo "make verify    hold every claim against simulation, print the ledger"
	@echo "make proofs    check the proofs' identities and inequalities"
	@echo "make docs      build the documentation -> $(OUT)/docs/index.html (with the figures drawn so far)"
	@echo "make readme    rewrite README's table of settings"
	@echo "make lint      ruff, the order of imports, and pyright"
	@echo "make deep      the long statistical checks (an hour or more)"
	@echo "make bench     times beside peers -> $(OUT)/bench.json, benchmarks/README.md   (NAMES='...' chooses)"
	@echo "All work in as many processes as cores and memory carry (3 GB each); JOBS=N says how many."

install: $(VENV)/.installed

# One environment for everything; made anew when the requirements change.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (set PYTHON=...)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --upgrade pip
	$(BIN)/python -m pip install --editable '.[dev]'
	touch $@

figures: install
	$(BIN)/python -m paper_figures $(SETTINGS) --scale $(SCALE) --out $(OUT) $(SIDE_BY_SIDE)

test: install
	SETTINGS='$(SETTINGS)' $(BIN)/python -m pytest --numprocesses $(JOBS)

report: install
	$(BIN)/python -m paper_figures._everything $(SETTINGS) --out $(OUT) $(SIDE_BY_SIDE)

verify: install
	$(BIN)/python -m sims verify $(SETTINGS) --out $(OUT) $(SIDE_BY_SIDE)

proofs: install
	$(BIN)/python -m proofs_check $(SETTINGS) --out $(OUT) $(SIDE_BY_SIDE)

# One folder that opens from disk, with search, without a network.
docs: install
	$(BIN)/python -m docs.build $(SETTINGS) --out $(OUT)

# README's table of settings, from their docstrings, papers and counts
readme: install
	$(BIN)/python -m paper_figures._settings_table README.md

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/imports.py --check
	$(BIN)/pyright

deep: install
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -m "deep or not deep" -v
	$(BIN)/python -m sims verify $(SETTINGS) --deep --out $(OUT) $(SIDE_BY_SIDE)

# Peers live in environments of their own; one that cannot be made leaves its rows saying so.
bench: install .venv-peers/.installed .venv-neural-tangents/.installed
	$(BIN)/python -m benchmarks $(NAMES) --out $(OUT)
	$(BIN)/python -m benchmarks --readme --out $(OUT)

.venv-%/.installed: benchmarks/requirements-%.txt
	test -x .venv-$*/bin/python || $(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --requirement $< && touch $@ \
	  || echo "benchmarks: the environment of $< could not be made"

clean:
	rm -rf $(OUT) $(VENV) .venv-* dist
