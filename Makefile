# The first of these that runs and is new enough. A version manager's shim may exist and yet fail, and
# hide a good interpreter further down the path, or one that the manager has but was not told to use.
CANDIDATES = python3.14 python3.13 python3.12 python3 python
MANAGED = $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python)
IS_SUITABLE = import ensurepip, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 12))
INSTALL = @for python in $(CANDIDATES) $$(which -a $(CANDIDATES) 2>/dev/null) $(MANAGED); do \
	  if "$$python" -c '$(IS_SUITABLE)' >/dev/null 2>&1; then exec "$$python" requirements/install.py $(1); fi; \
	done; \
	echo 'No Python 3.12 or newer was found: install one with its venv module (on Debian or Ubuntu: apt-get install python3 python3-venv) and run make again.' >&2; \
	exit 1

PYTHON = .venv/bin/python
PORT ?= 8000
# What the checks see: a site as it runs in production, with a key that guards nothing.
AS_DEPLOYED = env -u DEBUG DATABASE_URL=sqlite:///:memory: SITE_URL=https://feeds.example \
	SECRET_KEY=this-key-guards-nothing-and-is-only-for-checks-0123456789
# Test workers: one for each core, unless told otherwise.
PROCESSES ?= auto

.NOTPARALLEL:
.PHONY: run dev test packages base-venv dev-venv lint unit coverage postgres browser bench bench-search faults requirements audit clean

run: base-venv ## serve the site on http://127.0.0.1:8000, PORT= to change it
	@PORT=$(PORT) $(PYTHON) -m config.quickstart

dev: dev-venv ## the same with DEBUG on, reloading as files change
	@PORT=$(PORT) $(PYTHON) -m config.quickstart --reload

test: packages dev-venv lint unit postgres browser ## everything, as CI runs it

packages:
	@tests/system_packages

base-venv:
	$(call INSTALL,base)

dev-venv:
	$(call INSTALL,dev)

lint: dev-venv
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 6.1 {} +
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo
	$(AS_DEPLOYED) $(PYTHON) -m mypy
	$(AS_DEPLOYED) $(PYTHON) -W error manage.py check --deploy --fail-level WARNING
	$(AS_DEPLOYED) $(PYTHON) -W error manage.py makemigrations --check --dry-run

# A group of tests stays in one process, which then sets its stage only once.
TEST = -m pytest -n $(PROCESSES) --dist loadgroup

unit: dev-venv
	$(PYTHON) $(TEST) tests --ignore=tests/e2e -m 'not heavy'

coverage: dev-venv ## which lines and branches no test reaches that needs no browser; takes ten minutes and more
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run $(TEST) tests --ignore=tests/e2e
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

postgres: packages dev-venv
	$(PYTHON) -m tests.throwaway_postgres $(PYTHON) $(TEST) tests --ignore=tests/e2e -m database

browser: packages dev-venv
	$(PYTHON) $(TEST) tests/e2e

bench: packages dev-venv ## how fast pages are beside a bare Django view; PEERS= names others to compare with
	$(PYTHON) -u -m tests.bench_pages

bench-search: dev-venv ## how fast the search is with 1,000, 10,000 and 100,000 articles; takes minutes
	$(PYTHON) -u -m tests.bench_search

faults: packages dev-venv ## play failures against the real site under load, and print what was held
	$(PYTHON) -m tests.faults

requirements: dev-venv ## compile the pins anew; UPGRADE=--upgrade takes the newest of everything
	$(PYTHON) requirements/compile.py $(UPGRADE)

audit: dev-venv ## ask the public lists of known flaws about our pins; needs the internet, so no part of `make test`
	$(PYTHON) -m pip_audit --strict --disable-pip --require-hashes -r requirements/base.txt -r requirements/dev.txt

clean: ## remove what the commands above made, except the site's own data in var/
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache test-results
