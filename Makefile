# The whole life of the project in a few commands; Python ≥ 3.11 and make are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VAR_DIR ?= var
PORT ?= 8000
ARCH ?= $(shell uname -m)
MINOR = $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# A release brings its wheels along and asks no index.
SOURCE := $(if $(wildcard SHA256SUMS),--no-index -f wheels)
export VAR_DIR PORT
# Whatever is started may keep its modules compiled, also where the machine's environment says otherwise: a command
# starts in two thirds of the time, and the tests start some hundred of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run renew test test-fast check lintapi fuzzapi stack faults load format assets wheels release offline advisories bench
.DEFAULT_GOAL := run

$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(SOURCE) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

$(VAR_DIR)/static/staticfiles.json: $(VENV)/.run $(shell find static -type f)
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0

# The site on this machine: embedded database, plan, demonstration data (into an empty database only).
# `make run PLAN=path` takes another plan's file, into a database of its own, and no demonstration.
run: export PLAN_FILE := $(or $(PLAN),$(PLAN_FILE))
run: $(VENV)/.run $(VAR_DIR)/static/staticfiles.json
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py prepare
	@$(BIN)/python manage.py recompute
	@echo "http://127.0.0.1:$(PORT)"
	@exec $(BIN)/gunicorn -c county_urbanization/gunicorn.py

# The demonstration of this machine as of today, in place of the one that has aged; the passwords stay.
renew: $(VENV)/.run
	@$(BIN)/python manage.py load_demo --renew
	@$(BIN)/python manage.py recompute

# Every test, in one process more than there are cores, for the stack's group waits for servers most of its time;
# PostgreSQL and a Redis-protocol server come from wheels where none are given. `make test ORDER=random` tries that no
# test needs what another one left; it prints its seed, and `ORDER=random SEED=…` repeats it.
PARALLEL := -n auto --dist loadscope --no-loadscope-reorder
test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PARALLEL) $(if $(filter random,$(ORDER)),-p randomly $(if $(SEED),--randomly-seed=$(SEED)))

# For the daily loop: without the stack and the browser, and with a tenth of the random examples.
test-fast: export HYPOTHESIS_PROFILE = fast
test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest $(PARALLEL) -m "not stack and not browser and not site"

# The production shape without Docker: PostgreSQL, Valkey, gunicorn, a worker, beat.
stack: $(VENV)/.dev $(VAR_DIR)/static/staticfiles.json
	@exec $(BIN)/python -m tools.stack

# Breaks that shape on purpose, and looks whether anything was lost.
faults: $(VENV)/.dev
	@exec $(BIN)/python -m tools.faults

# 200 people at once on that shape, for 5 minutes, on loopback.
load: $(VENV)/.bench
	@exec $(BIN)/python -m tools.load

ROOMS = $(filter-out tests tools benchmarks,$(patsubst %/__init__.py,%,$(wildcard */__init__.py))) clients
# What a change has to pass before the tests: style, types, dangerous calls, wheels for every machine, migrations, settings.
check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(ROOMS) manage.py
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive --skip B404,B603,B607,B311,B310,B105,B608 tools benchmarks
	$(BIN)/python -m tools.wheels check
	$(BIN)/python manage.py makemigrations --check --dry-run
	HTTPS=true SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') $(BIN)/python manage.py check --deploy --fail-level WARNING

# The API against its own description, at length: 100 examples of every operation and 100 walks along the links, as the
# city, a county and nobody. What every run of the tests does of it is less.
fuzzapi: export API_EXAMPLES ?= 100
fuzzapi: $(VENV)/.dev
	$(BIN)/python -m pytest $(PARALLEL) tests/api/test_schema.py

# The linters, generators and readers of others: what they say of the API. Needs npm.
lintapi: $(VENV)/.dev
	$(BIN)/python -m pytest -rs tests/clients/test_outside_tools.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Optional: the chart library with only the kinds of charts that the pages draw, a third of the whole.
# Needs Node; the requirements of `make bench` bring one.
assets: $(VENV)/.run
	cd assets && PATH="$(CURDIR)/$(BIN):$$PATH" && npm ci --no-progress && npm run --silent build
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0

# The requirements as wheels in a folder, for machines without internet: `make wheels ARCH=aarch64`.
wheels: $(VENV)/.dev
	$(BIN)/python -m tools.wheels check
	$(BIN)/python -m tools.wheels fetch --arch $(ARCH) --folder wheels

# What is committed, with wheels, checksums and bill of materials, in one archive for one kind of machine.
release: wheels
	$(BIN)/python -m tools.release --arch $(ARCH)

# Known faults of the requirements, out of a copy of an OSV database: `make advisories FOLDER=…`; asks no network.
advisories: $(VENV)/.dev
	$(BIN)/python -m tools.advisories $(FOLDER)

# A release of this machine's kind, installed and started without an index; for the Python at hand alone.
offline: $(VENV)/.dev
	@rm -rf $(VAR_DIR)/dist
	$(BIN)/python -m tools.release --arch $(shell uname -m) --python $(MINOR) --to $(VAR_DIR)/dist
	$(BIN)/python -m tools.offline $(VAR_DIR)/dist/*-$(shell uname -m).tar

# Everything that is measured, product and peers in one run; docs/benchmarks.md is written anew. At most 21 minutes.
# With the smaller chart library where it can be built, else with the whole one.
bench: $(VENV)/.bench
	-@$(MAKE) --no-print-directory assets
	$(BIN)/python -m benchmarks
