# The two commands of the README are `make demo` and `make test`; everything that they need is set up by .venv/.ready.
PYTHON ?= python3
BIN := .venv/bin
EXAMPLES := examples/postmortems
POSTMORTEMS ?= $(EXAMPLES)
# A person's own documents get a working folder of their own.
DEMO ?= $(if $(filter $(EXAMPLES),$(POSTMORTEMS)),demo,demo-own)

# Lives of the simulation in `make nightly`; those on the adapters for GitHub and Jira, over a socket, are slower.
SEEDS ?= 100000
REMOTE_SEEDS ?= 500

# Processes that test: one more than there are processors, since some tests mostly wait.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
SPREAD := -n $(WORKERS) --dist loadfile

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url pyproject.toml

.PHONY: demo test test-postgres nightly lint docs lock clean

demo: .venv/.ready  ## the main job on the example postmortems, or on POSTMORTEMS=FOLDER
	@test -d "$(POSTMORTEMS)" || { echo "there is no folder $(POSTMORTEMS): name one with POSTMORTEMS=FOLDER"; exit 1; }
	@mkdir -p "$(DEMO)/postmortems"
	@cp -Rn "$(POSTMORTEMS)/." "$(DEMO)/postmortems/" 2>/dev/null || true
	@chmod -R u+w "$(DEMO)/postmortems"  # a copy of a read-only document is a document of one's own
	@test -e "$(DEMO)/pmtrack.toml" || cp config/pmtrack.toml "$(DEMO)/pmtrack.toml"
	@echo "# documents in $(DEMO)/postmortems, issues in $(DEMO)/issues; --yes lets all happen that would otherwise ask"
	@echo "$$ pmtrack --config $(DEMO)/pmtrack.toml sync --yes"
	@$(BIN)/pmtrack --config "$(DEMO)/pmtrack.toml" sync --yes
	@echo
	@echo "$$ pmtrack --config $(DEMO)/pmtrack.toml status"
	@$(BIN)/pmtrack --config "$(DEMO)/pmtrack.toml" status

test: .venv/.ready  ## the whole test suite, on all processors
	$(BIN)/python -m pytest $(SPREAD)

test-postgres: .venv/.ready  ## the whole test suite, with every store on a real PostgreSQL
	PMTRACK_TEST_STORE=postgresql $(BIN)/python -m pytest $(SPREAD)

nightly: .venv/.ready  ## hours: 100,000 simulated lives, every crash and fault, a soak, the mutants; see docs/reliability.md
	PMTRACK_CRASH_ALL=1 $(BIN)/python -m pytest tests/system/test_crash_steps.py tests/system/test_faults_injected.py
	$(BIN)/python tests/simulation/nightly.py --seeds $(SEEDS)
	$(BIN)/python tests/simulation/nightly.py --github --seeds $(REMOTE_SEEDS)
	$(BIN)/python tests/simulation/nightly.py --jira --seeds $(REMOTE_SEEDS)
	$(BIN)/python tests/simulation/soak.py
	rm -rf mutants
	$(BIN)/mutmut run || true  # it ends with an error where a mutant survives: the report says which were expected
	$(BIN)/python tests/mutation/report.py

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=action $(BIN)/mypy action/*.py
	MYPYPATH=docs/make $(BIN)/mypy docs/make/*.py

docs: .venv/.ready  ## what the program itself can tell: docs/configuration.md and the pictures
	$(BIN)/python docs/make

.venv/.ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

lock:  ## write the three lock files anew; needs uv on the PATH
	$(COMPILE) --group dev -o requirements-dev.lock
	$(COMPILE) --all-extras -c requirements-dev.lock -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url -c requirements-dev.lock --group build -o requirements-build.lock

clean:
	rm -rf .venv demo demo-own mutants
