# What people and CI call. Each target sets up what it needs below .venv and target; nothing else is touched.

PYTHON ?= python3
VENV := .venv
# Windows keeps the programs of an environment elsewhere.
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(CURDIR)/$(VENV)/$(SCRIPTS)
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
# What makes and checks what is released.
RELEASE := target/release-venv
RELEASE_BIN := $(CURDIR)/$(RELEASE)/$(SCRIPTS)
# A Graph client for JavaScript, which the emulator is tried with.
NPM := target/npm

# Which laws `make fuzz` runs, and for how long each.
LAWS := $(notdir $(wildcard tests/seeds/*))
FUZZ_SECONDS := 60
# What libFuzzer goes by: counters of the code that an input reached, and both sides of comparisons.
COVERAGE := -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 inline-8bit-counters pc-table trace-compares)
# With a target named, build scripts are built without that.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

# What a release is built for, as rustc names it: this machine, or another that rustup has a standard library for.
TARGET ?= $(HOST)
# zig links Linux wheels, so that they need no newer C library than they say, whatever this machine has.
C_LIBRARY = $(if $(findstring musl,$(TARGET)),musllinux_1_2,manylinux_2_17)
LINKED = $(if $(findstring linux,$(TARGET)),--zig --compatibility $(C_LIBRARY))

# Pythons without the GIL, as pyo3 is told of them: to compile for one, none is needed.
FREE_THREADED := target/free-threaded
FREE_THREADED_3.14 :=
FREE_THREADED_3.15 := --features pyo3/abi3t-py315

# Name the programs that are missing, and fail. Debian keeps servers where users do not look.
need = @PATH=$$PATH:/usr/sbin; missing=; \
	for program in $(1); do command -v $$program > /dev/null || missing="$$missing $$program"; done; \
	if [ -n "$$missing" ]; then echo "missing:$$missing (for example: apt-get install$$missing)" >&2; exit 1; fi

# Install the wheel that was just built; its version may be the old one.
install_wheel = $(1)/$(SCRIPTS)/python -m pip --disable-pip-version-check --quiet install \
	--no-index --no-deps --force-reinstall dist/*.whl

# What the native module is built from.
NATIVE := Cargo.toml Cargo.lock pyproject.toml .cargo/config.toml $(shell find src -name '*.rs')

.PHONY: help demo facts test test-rust test-python test-faults test-face test-wheel test-dist check-dist check-free-threaded \
	test-free-threaded test-outside programs soak fuzz lint site core wheel dist check-tag bench bench-quick bench-plugin \
	bench-emulator bench-plan audit clean
.DEFAULT_GOAL := help

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.extension ## Do the main job on the embedded emulator: four paths, replacement, a refusal.
	$(BIN)/python examples/demo.py

# Most tests wait for something, and the build for release does not.
test: test-rust ## Run every test that needs only what cargo and pip install.
	@$(MAKE) --no-print-directory $(VENV)/.extension $(VENV)/.test
	@$(MAKE) --no-print-directory --jobs=2 test-python dist
	@$(MAKE) --no-print-directory site test-dist

core: test-rust ## The edit loop: the core and the emulator, without Python.

test-rust:
	$(CARGO) test --locked --no-default-features

# In two halves, side by side: most tests wait for something.
FAULTS := $(wildcard tests/test_faults*.py) tests/life
test-python: $(VENV)/.extension $(VENV)/.test $(PROXY)/.proxy
	@$(MAKE) --no-print-directory --jobs=2 test-faults test-face

test-faults: $(VENV)/.extension $(VENV)/.test
	$(BIN)/python -m pytest -p no:cacheprovider $(FAULTS)

test-face: $(VENV)/.extension $(VENV)/.test $(PROXY)/.proxy
	$(BIN)/python -m pytest -p no:cacheprovider tests $(addprefix --ignore=,$(FAULTS) $(addprefix tests/,wheel plugin outside site))

test-wheel: dist ## Build what is released and test it: in empty environments, and as a pytest plugin.
	@$(MAKE) --no-print-directory test-dist

test-dist: $(VENV)/.test $(RELEASE)/.release $(PLUGIN)/.plugin ## Test what is in dist/ already.
	$(BIN)/python -m pytest tests/wheel
	$(call install_wheel,$(PLUGIN))
	$(PLUGIN)/$(SCRIPTS)/python -m pytest tests/plugin --confcutdir=tests/plugin -p pytester -p no:asyncio

check-dist: $(VENV)/.test $(RELEASE)/.release ## Check the files in dist/, which may be for another machine.
	$(BIN)/python -m pytest tests/wheel/test_files.py

test-free-threaded: $(FREE_THREADED)/.extension ## Try a Python without the GIL: make PYTHON=python3.14t test-free-threaded
	$(FREE_THREADED)/venv/$(SCRIPTS)/python -W error tests/wheel/free_threaded.py
	$(FREE_THREADED)/venv/$(SCRIPTS)/python -W error examples/demo.py

test-outside: $(VENV)/.extension $(VENV)/.test ## Run the tests against programs from elsewhere: Chromium, curl, nginx, npm, squid, wrk.
	$(call need,chromium curl nginx npm squid wrk)
	@$(MAKE) --no-print-directory $(NPM)/.installed
	$(BIN)/python -m pytest tests/outside

programs: ## Install what test-outside needs, where there is apt-get.
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update --quiet=2
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install --quiet=2 --yes --no-install-recommends \
		chromium curl nginx npm squid wrk

soak: $(VENV)/.extension $(VENV)/.test ## Call amid faults for SOAK_SECONDS, then run the tests of process life in their long form.
	$(BIN)/python tests/soak.py
	SOAK=1 $(BIN)/python -m pytest tests/life tests/test_faults_life.py

fuzz: fuzz/Cargo.lock ## Run each law on what libFuzzer makes up, for FUZZ_SECONDS.
	$(call need,$(CXX))
	RUSTFLAGS='$(COVERAGE) -Ccodegen-units=1' $(CARGO) build --quiet --release --manifest-path fuzz/Cargo.toml \
		--features engine --target $(HOST) --target-dir target/fuzz
	fuzz/run target/fuzz/$(HOST)/release/laws $(FUZZ_SECONDS) $(LAWS)

facts: $(VENV)/.python ## Write what follows from the table of settings.
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

check-free-threaded: $(FREE_THREADED)/3.14 $(FREE_THREADED)/3.15 ## Compile for Pythons without the GIL, which need not be here.

wheel: $(VENV)/.build ## Build a wheel as it is released, but for this machine alone, into dist/.
	rm -rf dist
	$(BIN)/maturin build --locked --release --interpreter $(BIN)/python --out dist

# All files of an sdist are of 2006: in a common folder, cargo would take what it built of others for theirs.
dist: $(RELEASE)/.release ## Build the sdist and from it the wheel for release into dist/; for other machines with TARGET=TRIPLE.
	rm -rf dist
	$(if $(filter-out $(HOST),$(TARGET)),rustup target add $(TARGET))
	env -u CARGO_TARGET_DIR $(if $(LINKED),PATH="$(RELEASE_BIN):$$PATH") $(RELEASE_BIN)/maturin build --sdist --locked \
		--release --target $(TARGET) $(LINKED) --interpreter $(RELEASE_BIN)/python --out dist

check-tag: ## Check that the tag in GITHUB_REF_NAME is that of the version in Cargo.toml.
	@version=v$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml); test "$$GITHUB_REF_NAME" = "$$version" \
	|| { echo "the tag $$GITHUB_REF_NAME is not $$version, which Cargo.toml has" >&2; exit 1; }

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

# Not the interpreter, which has another name on Windows.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "$(PYTHON) is older than 3.11: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.build $(VENV)/.test $(VENV)/.lint: $(VENV)/.%: requirements/%.txt $(VENV)/.python
	$(PIP) install --requirement $<
	@touch $@

$(BENCH)/.peers: requirements/bench.txt $(VENV)/.python
	$(BIN)/python -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(BENCH_SDK)/.sdk: requirements/bench-sdk.txt $(VENV)/.python
	$(BIN)/python -m venv --clear $(BENCH_SDK)
	$(BENCH_SDK)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(PROXY)/.proxy: requirements/proxy.txt $(VENV)/.python
	$(BIN)/python -m venv --clear $(PROXY)
	$(PROXY)/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(PLUGIN)/.plugin: requirements/plugin.txt $(VENV)/.python
	$(BIN)/python -m venv --clear $(PLUGIN)
	$(PLUGIN)/$(SCRIPTS)/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

$(RELEASE)/.release: requirements/release.txt requirements/build.txt $(VENV)/.python
	$(BIN)/python -m venv --clear $(RELEASE)
	$(RELEASE_BIN)/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

# Its own folder of what was built: a build for another Python throws away what was made for the first.
$(FREE_THREADED)/3.%: $(NATIVE)
	mkdir -p $(FREE_THREADED)
	printf 'version=3.$*\nbuild_flags=Py_GIL_DISABLED\nsuppress_build_script_link_lines=true\n' > $@.txt
	PYO3_CONFIG_FILE=$(CURDIR)/$@.txt $(CARGO) clippy --locked --lib --target-dir $(FREE_THREADED) \
		$(FREE_THREADED_3.$*) -- --deny warnings
	@touch $@

$(FREE_THREADED)/.extension: $(NATIVE) requirements/build.txt
	$(PYTHON) -c 'import sysconfig; assert sysconfig.get_config_var("Py_GIL_DISABLED"), "this Python has a GIL"'
	$(PYTHON) -m venv --clear $(FREE_THREADED)/venv
	$(FREE_THREADED)/venv/$(SCRIPTS)/python -m pip --disable-pip-version-check --quiet install --requirement \
		requirements/build.txt
	VIRTUAL_ENV=$(CURDIR)/$(FREE_THREADED)/venv $(FREE_THREADED)/venv/$(SCRIPTS)/maturin develop --locked --quiet \
		--target-dir $(FREE_THREADED)
	@touch $@

$(SITE)/.site: requirements/site.txt $(VENV)/.python
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
