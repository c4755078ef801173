# make course   install the course and open it          make lock       renew the locks and what hangs on them
# make test     what every change needs                 make notebooks  run all notebooks and keep their outputs
# make test-full   the rest too, for the night: carving, all seeds of the loops, mutants
# make docs     the site, into build/site
# make clean    remove what was built                   make atlas     carve both bodies of the scanner again (a quarter of an hour)
# Another Python: make course PYTHON=python3.12
# make platforms    nbgrader and JupyterHub end to end, in an environment of their own (the Hub's tests need configurable-http-proxy, the archive's orthanc and dcmtk)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header pyproject.toml -

.PHONY: course test test-full docs lock notebooks atlas platforms clean

course: $(VENV)/.course
	$(BIN)/netcourse start

test: $(VENV)/.test
	$(call step,format,$(BIN)/ruff format --check .)
	$(call step,lint,$(BIN)/ruff check .)
	$(call step,types,$(BIN)/mypy)
	$(call step,units,$(BIN)/pytest -n 2 -m "not browser and not wheel and not full")
	$(call step,notebooks,NETCOURSE_ANSWERS=$$(mktemp -d)/answers.json $(BIN)/pytest --nbval -n 2 --dist loadscope $(wildcard notebooks/*.ipynb exercises/*.ipynb))
	$(call step,docs,$(DOCS))
	$(call step,browser,$(BROWSER) || $(BROWSER) --last-failed --last-failed-no-failures none)
	$(call step,wheel,$(BIN)/pytest -m wheel tests)

test-full: test
	$(call step,the rest,$(BIN)/pytest -n 2 -m full)
	$(call step,mutants,$(BIN)/python tests/mutate.py)

docs: $(VENV)/.test
	$(DOCS)

# A browser on a busy machine can miss a press, so what failed is tried once more: a fault fails twice.
BROWSER := $(BIN)/pytest -m browser tests
DOCS := $(BIN)/python -m sphinx -W --keep-going -q -b html -c docs . build/site -d build/pages

# One step of the proof with its time.
step = @echo "=== $(1)"; start=$$(date +%s); { $(2); } && echo "=== $(1): $$(( $$(date +%s) - start )) s"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course needs Python 3.11 or newer; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The locks hold the build tools too, so nothing is installed that they do not name.
$(VENV)/.course: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "Installing the course into $(VENV): about a minute"
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.course
	$(PIP) --require-hashes -r requirements-test.lock
	@touch $@

lock: $(VENV)/.test
	echo "hatchling editables" | tr ' ' '\n' | $(COMPILE) -o requirements.lock
	echo "hatchling editables" | tr ' ' '\n' | $(COMPILE) --extra test -c requirements.lock -o requirements-test.lock
	echo "hatchling editables" | tr ' ' '\n' | $(COMPILE) --extra test --extra nbgrader --extra hub -c requirements-test.lock -o requirements-platforms.lock

platforms:
	$(PYTHON) -m venv $(VENV)-platforms
	$(VENV)-platforms/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-platforms.lock
	$(VENV)-platforms/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	$(VENV)-platforms/bin/pytest tests/test_nbgrader.py tests/test_hub.py tests/test_archive.py

atlas: $(VENV)/.test
	$(BIN)/python -m netcourse.scanner.builder

notebooks: $(VENV)/.test
	$(BIN)/python tests/renew_notebooks.py

clean:
	rm -rf $(VENV) $(VENV)-platforms build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
