# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: setup demo test wheel lint check docs model results samples

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[train,dev]'
	touch $(READY)

demo: setup  ## prepare, train, evaluate and report on invented films
	rm -rf demo
	$(BIN)/posterplot demo --out demo

test: setup  ## run the tests, one process per core; they start many, so compiled modules are kept
	env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist worksteal

wheel: setup  ## build the wheel; check that it installs, is small, and predicts
	.ci/wheel

lint: setup  ## style, types and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test wheel  ## what CI runs: first what fails fast

model: setup  ## the model in the package: CATALOGUE=, POSTERS=, OVERVIEWS=, TEACHER=, WORK=, KIND=, as benchmarks/quality.py says
	$(BIN)/python benchmarks/quality.py $(CATALOGUE) --posters $(POSTERS) --overviews $(OVERVIEWS) --teacher $(TEACHER) --work $(WORK) --seeds 0
	$(BIN)/python benchmarks/ship.py $(WORK)/runs/joint-0 --data $(WORK)/data/films --kind "$(KIND)"

results: setup  ## every table of docs/results.md about the model in the package: CATALOGUE=, DATASET=, RUN=
	$(BIN)/python benchmarks/results.py $(CATALOGUE) $(DATASET) $(RUN)

samples: setup  ## the sample films on the page of serve, from the demo's films
	$(BIN)/python -m posterplot.demo.page_samples src/posterplot/serve/samples

docs: setup  ## docs/cli.md from --help, and the site: site/index.html
	$(BIN)/python docs/make_cli.py
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

chaos: setup  ## kill every command at random moments, KILLS= times each; the table is in docs/reliability.md
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/chaos.py --kills $(or $(KILLS),50)
