# What people and CI call. Each target sets up what it needs below .venv and target; nothing else is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
CARGO := cargo
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What the benches measure against lives apart: other versions of the same packages may be in $(VENV).
BENCH := target/bench-venv
# Microsoft's own SDK: 60,000 files, which no other environment shall look through.
BENCH_SDK := target/bench-sdk-venv
# The proxy that the tests go through, for the same reason.
PROXY := target/proxy-venv
# What a user of the pytest plugin has: the wheel, pytest and its companions.
PLUGIN := target/plugin-venv
# What builds the documentation site.
SITE := target/site-venv
# A Graph client for JavaScript, which the emulator is tried with.
NPM := target/npm

# Which laws `make fuzz` runs, and for how long each.
LAWS := $(notdir $(wildcard tests/seeds/*))
FUZZ_SECONDS := 60
# What libFuzzer goes by: counters of the code that an input reached, and both sides of comparisons.
COVERAGE := -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 inline-8bit-counters pc-table trace-compares)
# With a target named, build scripts are built without that.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

# Name the programs that are missing, and fail. Debian keeps servers where users do not look.
need = @PATH=$$PATH:/usr/sbin; missing=; \
	for program in $(1); do command -v $$program > /dev/null || missing="$$missing $$program"; done; \
	if [ -n "$$missing" ]; then echo "missing:$$missing (for example: apt-get install$$missing)" >&2; exit 1; fi

# Install the wheel that was just built; its version may be the old one.
install_wheel = $(1)/bin/python -m pip --disable-pip-version-check --quiet install \
	--no-index --no-deps --force-reinstall dist/*.whl

# What the native module is built from.
NATIVE := Cargo.toml Cargo.lock pyproject.toml .cargo/config.toml $(shell find src -name '*.rs')

.PHONY: help demo facts test test-rust test-python test-wheel test-outside soak fuzz lint site core wheel bench bench-quick bench-plugin bench-emulator bench-plan audit clean
.DEFAULT_GOAL := help

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.extension ## Do the main job on the embedded emulator: four paths, replacement, a refusal.
	$(BIN)/python examples/demo.py

test: test-rust test-python test-wheel ## Run every test that needs only what cargo and pip install.

core: test-rust ## The edit loop: the core and the emulator, without Python.

test-rust:
	$(CARGO) test --locked --no-default-features

test-python: $(VENV)/.extension $(VENV)/.test $(PROXY)/.proxy
	$(BIN)/python -m pytest tests --ignore=tests/wheel --ignore=tests/plugin --ignore=tests/outside --ignore=tests/site

test-wheel: wheel $(VENV)/.test $(PLUGIN)/.plugin ## Test the release wheel: in an empty environment, and as a pytest plugin.
	$(BIN)/python -m pytest tests/wheel
	$(call install_wheel,$(PLUGIN))
	$(PLUGIN)/bin/python -m pytest tests/plugin --confcutdir=tests/plugin -p pytester -p no:asyncio

test-outside: $(VENV)/.extension $(VENV)/.test ## Run the tests against programs from elsewhere: Chromium, curl, nginx, npm, squid, wrk.
	$(call need,chromium curl nginx npm squid wrk)
	@$(MAKE) --no-print-directory $(NPM)/.installed
	$(BIN)/python -m pytest tests/outside

soak: $(VENV)/.extension $(VENV)/.test ## Call amid faults for SOAK_SECONDS, then run the tests of process life in their long form.
	$(BIN)/python tests/soak.py
	SOAK=1 $(BIN)/python -m pytest tests/life tests/test_faults_life.py

fuzz: fuzz/Cargo.lock ## Run each law on what libFuzzer makes up, for FUZZ_SECONDS.
	$(call need,$(CXX))
	RUSTFLAGS='$(COVERAGE) -Ccodegen-units=1' $(CARGO) build --quiet --release --manifest-path fuzz/Cargo.toml \
		--features engine --target $(HOST) --target-dir target/fuzz
	fuzz/run target/fuzz/$(HOST)/release/laws $(FUZZ_SECONDS) $(LAWS)

facts: $(VENV)/bin/python ## Write what follows from the table of settings.
	$(BIN)/python facts/generate.py

lint: $(VENV)/.extension $(VENV)/.lint fuzz/Cargo.lock ## Check form, types and stubs.
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets --no-default-features -- --deny warnings
	PYO3_PYTHON=$(BIN)/python $(CARGO) clippy --locked --lib -- --deny warnings
	$(CARGO) fmt --check --manifest-path fuzz/Cargo.toml
	$(CARGO) clippy --manifest-path fuzz/Cargo.toml --target-dir target -- --deny warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/basedpyright --warnings
	$(BIN)/mypy --config-file= --cache-dir .mypy_cache/defaults --warn-unused-ignores tests/typing/defaults
	$(BIN)/basedpyright --warnings --project tests/typing/defaults
	PYTHONPATH=python $(BIN)/basedpyright --verifytypes appassign --ignoreexternal
	$(BIN)/stubtest appassign --allowlist tests/typing/stubtest.txt

# Not --quiet: what mkdocs does not say, --strict does not count.
site: $(SITE)/.site ## Build the documentation site into target/site; a warning or a dead link fails.
	NO_MKDOCS_2_WARNING=1 $(SITE)/bin/python -m mkdocs build --strict
	$(SITE)/bin/python -m pytest tests/site --confcutdir=tests/site -p no:cacheprovider

wheel: $(VENV)/.build ## Build the release wheel into dist/.
	rm -rf dist
	$(BIN)/maturin build --locked --release --interpreter $(BIN)/python --out dist

bench: wheel $(BENCH)/.peers $(BENCH_SDK)/.sdk ## Measure all that is claimed, in 20 minutes, and write docs/performance.md; with ONLY=MODE, only see it.
	$(call need,nginx)
	$(call install_wheel,$(BENCH))
	$(BENCH)/bin/python benches/bench.py --sdk-python $(BENCH_SDK)/bin/python --wheel dist/*.whl --json target/bench.json \
		$(if $(ONLY),--only $(ONLY),--page docs/performance.md)

bench-quick: wheel $(BENCH)/.peers ## Compare a call with bare reqwest and Python's HTTP clients, in three minutes.
	$(call need,nginx)
	$(call install_wheel,$(BENCH))
	$(BENCH)/bin/python benches/bench.py --json target/bench-quick.json --only sequential concurrent cold \
		--contestants appassign 'appassign async' http.client requests httpx 'httpx async' aiohttp

bench-plugin: wheel $(PLUGIN)/.plugin ## Measure what the pytest plugin costs a suite, in two minutes.
	$(call install_wheel,$(PLUGIN))
	$(PLUGIN)/bin/python benches/plugin.py

bench-emulator: wheel $(BENCH)/.peers ## Compare the emulator with nginx and a bare server, and weigh what it holds, in two minutes.
	$(call need,nginx wrk)
	$(call install_wheel,$(BENCH))
	$(BENCH)/bin/python benches/emulator.py --json target/bench-emulator.json

bench-plan: ## Time plans of 1,000 assignments against 1,000, beside reading their JSON.
	$(CARGO) bench --locked --no-default-features --bench plan

audit: ## Check licences, sources and duplicates of the dependencies (needs cargo-deny).
	$(CARGO) deny check bans licenses sources

clean: ## Remove everything that was built.
	rm -rf target dist $(VENV)

# The fuzzer is built from what the package is built from; cargo adds the engine.
fuzz/Cargo.lock: Cargo.lock
	cp $< $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "$(PYTHON) is older than 3.11: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.build $(VENV)/.test $(VENV)/.lint: $(VENV)/.%: requirements/%.txt $(VENV)/bin/python
	$(PIP) install --requirement $<
	@touch $@

$(BENCH)/.peers: requirements/bench.txt $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(BENCH_SDK)/.sdk: requirements/bench-sdk.txt $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(BENCH_SDK)
	$(BENCH_SDK)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(PROXY)/.proxy: requirements/proxy.txt $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(PROXY)
	$(PROXY)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(PLUGIN)/.plugin: requirements/plugin.txt $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(PLUGIN)
	$(PLUGIN)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(SITE)/.site: requirements/site.txt $(VENV)/bin/python
	$(BIN)/python -m venv --clear $(SITE)
	$(SITE)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(NPM)/.installed: $(addprefix tests/outside/npm/,.npmrc package.json package-lock.json)
	mkdir -p $(NPM)
	cp $^ $(NPM)
	cd $(NPM) && npm ci --loglevel=error
	@touch $@

# A debug build, and the Python files as they stand in the tree: quick to make, and edits count at once.
$(VENV)/.extension: $(NATIVE) $(VENV)/.build
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --locked --quiet
	@touch $@
