# make setup      make .venv ready (GPU=1: the default build of torch, with CUDA; PYTHON=/path/to/python3.11)
# make demo       one populated plaza, one robot that asks the way: video, report and results under runs/demo
# make test       the tests, below 12 minutes on two cores; make test-all adds those that take minutes
# make bench      every benchmark, results into benchmarks/results
# make pictures   the pictures of docs: all bodies, all families of scenes
# make lint       ruff and mypy; make format mends what can be mended
# make constraints  write constraints.txt anew

PYTHON ?= python3.11
BIN := .venv/bin
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --durations=20 --durations-min=5

.PHONY: setup demo test test-all bench pictures lint format constraints

setup:
	@$(PYTHON) -c "" 2>/dev/null || { echo "setup: $(PYTHON) not found; install Python 3.11 (Debian, Ubuntu: apt-get install python3.11-venv; anywhere: uv python install 3.11) or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) .ci/setup.py $(if $(GPU),--gpu)

demo: setup
	@rm -rf runs/demo
	$(BIN)/embodied generate scene=plaza agent=ask_nearest motion=learned motion.reactor=moreact mind.acquainted=0.15 episodes=1 seed=0 out=runs/demo

test: setup
	$(PYTEST)

test-all: setup
	$(PYTEST) -m ""

bench: setup
	@set -e; for file in $$(grep -l "write_results" benchmarks/*.py); do \
		echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py); done

pictures: setup
	$(BIN)/python -m benchmarks.contact_sheet bodies
	$(BIN)/python -m benchmarks.scene_sheet
	$(BIN)/python -m benchmarks.square_picture

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints: setup
	$(BIN)/python .ci/pins.py
