# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything that a person or a pipeline runs. "make" lists the targets; each makes what it needs first.
# Needs only Python 3.10 or later, git and GNU make; SSH client and browser are installed where that is possible.
#
#   PYTHON       interpreter to use (default: the first suitable one)
#   VENV         folder of the virtual environment, relative to the checkout
#   PYTEST_ARGS  more arguments for pytest, such as "-k login -x"
#   WORKERS      tests that run side by side
#   VERSION      of a release
#   FILE         recordings to check
#   BACKUP       configuration to rehearse with; STATUSES, RELEASED, FAULTS: see guide_offline
#   MINUTES      for how long fuzz draws examples
#   MUTANTS_ARGS arguments for mutants, such as "--sample 100"
#   PAIRS        pairs of ansible-core and Python for test-matrix, such as "2.16-py3.10" (default: all of the table in
#                README)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
WORKERS ?= 3
MINUTES ?= 15
PAIRS ?=
VERSION ?=

CACHE := .cache
TREE := $(CACHE)/tree
COLLECTION := $(TREE)/ansible_collections/fortiops/fortitoken
TOOLS := tests/tools
STEP := "$(CURDIR)/$(TOOLS)/step.sh"

export PYTHON
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Ansible refuses to start without a UTF-8 locale.
export LC_ALL := C.UTF-8

# An environment is ready when its stamp is there. The name changes with the requirements and the checkout's place.
RUN_REQUIREMENTS := requirements.txt tests/requirements-run.txt
DEV_REQUIREMENTS := $(RUN_REQUIREMENTS) tests/requirements-dev.txt tests/requirements-lint.txt \
	tests/requirements-sanity.txt tests/requirements-browser.txt tests/requirements-platform.txt \
	tests/unit/requirements.txt \
	tests/integration/requirements.txt
stamp = $(VENV)/.ready-$(1)-$(shell { pwd -P; cat $(2); } | cksum | cut -d ' ' -f 1)
RUN_READY := $(call stamp,run,$(RUN_REQUIREMENTS))
DEV_READY := $(call stamp,dev,$(DEV_REQUIREMENTS))
IMPORTER_VENV := $(CACHE)/importer-venv
IMPORTER_READY := $(IMPORTER_VENV)/.ready
# Collections that only tests of the examples need.
export EXTRA_COLLECTIONS := $(CURDIR)/$(CACHE)/collections
EXTRA_READY := $(CACHE)/collections/.ready-$(shell cksum < $(TOOLS)/extra_collections.py | cut -d ' ' -f 1)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ---- environments

$(RUN_READY):
	@$(TOOLS)/setup-venv.sh "$(VENV)" tests/requirements-run.txt
	@rm -f "$(VENV)"/.ready-run-*
	@touch "$@"

$(DEV_READY): $(RUN_READY)
	@$(TOOLS)/setup-venv.sh "$(VENV)" tests/requirements-dev.txt
	@rm -f "$(VENV)"/.ready-dev-*
	@touch "$@"

$(IMPORTER_READY): $(RUN_REQUIREMENTS) tests/requirements-importer.txt
	@$(TOOLS)/setup-venv.sh "$(IMPORTER_VENV)" tests/requirements-importer.txt
	@touch "$@"

$(EXTRA_READY): $(DEV_READY)
	@python -m tests.tools.extra_collections "$(EXTRA_COLLECTIONS)"
	@touch "$@"

.PHONY: setup
setup: $(DEV_READY) ## Make the virtual environment with all tools
	@echo "setup: $(VENV) is ready"

# The checks run on a copy of what git knows, because ansible-test accepts no other folder name.
.PHONY: tree
tree: $(RUN_READY)
	@python -m tests.tools.tree "$(TREE)"

# ---- demo

.PHONY: demo
demo: $(RUN_READY) ## Repair the tokens of a simulated FortiGate and show the report
	@python -m tests.tools.demo run

.PHONY: demo-again
demo-again: $(RUN_READY) ## Run again on the unit that the demo left: nothing to do
	@python -m tests.tools.demo again

# ---- without a unit

# The tools import the collection by its name.
AS_COLLECTION := PYTHONPATH="$(CURDIR)/$(TREE)" ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(TREE)"
FILE ?=
BACKUP ?=
STATUSES ?=
RELEASED ?=
FAULTS ?=

.PHONY: check-recording
check-recording: tree $(DEV_READY) ## Compare recordings with what is known: make check-recording FILE=unit.jsonl
	@$(AS_COLLECTION) python -m tests.tools.recording $(FILE)

.PHONY: rehearse
rehearse: tree $(RUN_READY) ## Run the playbook on a simulated copy of a unit: make rehearse BACKUP=fw.conf
	@$(AS_COLLECTION) python -m tests.tools.rehearse "$(BACKUP)" --statuses "$(STATUSES)" --released "$(RELEASED)" --faults "$(FAULTS)"

# ---- tests

# Two at a time, because most checks use one processor. What they share is made before.
.PHONY: test
test: tree $(DEV_READY) $(EXTRA_READY) chromium ## All of lint, sanity, integration targets, documentation site and pytest
	@$(MAKE) --keep-going --jobs=2 lint sanity integration-targets docs pytest

LINTS := lint-ruff lint-format lint-imports lint-mypy lint-mypy-tests lint-shell lint-yaml lint-pipelines lint-ansible lint-docs \
	lint-changelog lint-licenses lint-artifact lint-environment lint-forms lint-facts

.PHONY: lint $(LINTS)
lint: $(LINTS) ## Code style, types, YAML, roles, documentation, licenses and the built archive

lint-ruff: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: ruff check" ruff check .

lint-format: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: ruff format" ruff format --check --diff .

# Which package may import which is written in pyproject.toml.
lint-imports: tree $(DEV_READY)
	@cd "$(TREE)" && PYTHONPATH=. $(STEP) "lint: imports" \
		lint-imports --no-cache "$(CURDIR)/$(COLLECTION)/pyproject.toml"

# The collection's own name is part of every import, so mypy runs where that name is a path.
lint-mypy: tree $(DEV_READY)
	@cd "$(TREE)" && $(STEP) "lint: mypy" \
		mypy --config-file "$(CURDIR)/$(COLLECTION)/pyproject.toml" -p ansible_collections.fortiops.fortitoken.plugins

lint-mypy-tests: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: mypy (simulator, tools, bench)" \
		env MYPYPATH="$(CURDIR)/$(TREE)" mypy -p tests.simulator -p tests.tools -p tests.bench

lint-shell: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: shellcheck" shellcheck .ci/run $(TOOLS)/*.sh examples/runner/*.sh

lint-yaml: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: yamllint" yamllint --strict .

# The schemas come with the checker: nothing is fetched.
lint-pipelines: tree $(DEV_READY)
	@cd "$(COLLECTION)/examples/pipelines" && $(STEP) "lint: GitHub workflow" \
		check-jsonschema --builtin-schema vendor.github-workflows github-actions.yml
	@cd "$(COLLECTION)/examples/pipelines" && $(STEP) "lint: GitLab pipeline" \
		check-jsonschema --builtin-schema vendor.gitlab-ci gitlab-ci.yml
	@cd "$(COLLECTION)/.github" && $(STEP) "lint: own workflow" \
		check-jsonschema --builtin-schema vendor.github-workflows workflows/ci.yml
	@cd "$(COLLECTION)/.github" && $(STEP) "lint: Dependabot" \
		check-jsonschema --builtin-schema vendor.dependabot dependabot.yml

lint-forms: tree $(DEV_READY)
	@cd "$(COLLECTION)/.github/ISSUE_TEMPLATE" && $(STEP) "lint: issue forms" \
		check-jsonschema --builtin-schema vendor.github-issue-forms bug_report.yml feature_request.yml unit_output.yml
	@cd "$(COLLECTION)/.github/ISSUE_TEMPLATE" && $(STEP) "lint: issue form configuration" \
		check-jsonschema --builtin-schema vendor.github-issue-config config.yml

# What is known of FortiOS: docs/facts.yml, the references to it, and its page.
lint-facts: $(DEV_READY)
	@$(STEP) "lint: facts" python -m tests.tools.facts

.PHONY: facts
facts: $(DEV_READY) ## Write the documentation's page of facts anew
	@python -m tests.tools.facts --write

lint-ansible: tree $(DEV_READY) $(EXTRA_READY)
	@cd "$(COLLECTION)" && ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(TREE):$(EXTRA_COLLECTIONS)" \
		$(STEP) "lint: ansible-lint" ansible-lint --offline --nocolor --profile production

lint-docs: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: antsibull-docs" \
		antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all .

lint-changelog: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: antsibull-changelog" antsibull-changelog lint

lint-licenses: tree $(DEV_READY)
	@cd "$(COLLECTION)" && $(STEP) "lint: reuse" reuse lint

lint-artifact: $(DEV_READY)
	@$(STEP) "lint: archive" python -m tests.tools.artifact "$(CACHE)/artifact"

lint-environment: tree $(DEV_READY)
	@$(STEP) "lint: execution environment" python -m tests.tools.environment "$(TREE)"

# ansible-test writes into the tree that it tests; one of its own lets other checks run beside it.
.PHONY: sanity
sanity: $(DEV_READY) ## ansible-test sanity, without exceptions
	@python -m tests.tools.sanity "$(CACHE)/sanity-tree"

.PHONY: integration-targets
integration-targets: $(DEV_READY) ## ansible-test integration: one target per module, on a simulated FortiGate
	@python -m tests.tools.targets "$(CACHE)/targets-tree"

.PHONY: ssh-client
ssh-client:
	@$(TOOLS)/need-program.sh ssh openssh-client

# Debian puts it where only root's PATH leads. One program is installed at a time.
.PHONY: ssh-server
ssh-server: | ssh-client
	@PATH="$(PATH):/usr/sbin:/sbin" $(TOOLS)/need-program.sh sshd openssh-server

.PHONY: chromium
chromium: | ssh-server
	@$(TOOLS)/need-program.sh chromium chromium fonts-liberation

# Most tests wait for a process of their own, so there are more workers than processors. The longest come first.
PYTEST = cd "$(COLLECTION)" && python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: pytest unit integration faults browser platform
pytest: tree $(DEV_READY) $(EXTRA_READY) ssh-client ssh-server chromium
	@$(PYTEST) tests/faults/test_sweep.py tests/faults tests/integration tests/platform tests/browser tests/unit

unit: tree $(DEV_READY) ssh-client ssh-server ## Unit tests
	@$(PYTEST) tests/unit

integration: tree $(DEV_READY) ssh-client ssh-server ## ansible-playbook against the simulated FortiGate
	@$(PYTEST) tests/integration

faults: tree $(DEV_READY) ## The line to the unit cut before and after every line of a run
	@$(PYTEST) tests/faults

browser: tree $(DEV_READY) chromium ## The report in a real browser
	@$(PYTEST) tests/browser

platform: tree $(DEV_READY) $(EXTRA_READY) ## AWX, ansible-runner, event-driven Ansible, guides and release
	@$(PYTEST) tests/platform

.PHONY: sweep
sweep: tree $(DEV_READY) ## Every line of a run broken, and every wait a change, on every kind of unit (hours)
	@cd "$(COLLECTION)" && SWEEP_EVERYTHING=yes python -m pytest $(PYTEST_ARGS) tests/faults/test_sweep.py \
		tests/faults/test_changing_units.py

MUTANTS_ARGS ?=
# Each round draws new examples. What fails is printed with the example, and ends the target.
.PHONY: fuzz
fuzz: tree $(DEV_READY) ssh-client ssh-server ## Repeat the property tests with new examples for MINUTES: parsers, redaction, files, lines
	@end=$$((SECONDS + 60 * $(MINUTES))); while (( SECONDS < end )); do (export FUZZ=yes; $(PYTEST) tests/unit -m hypothesis); done

.PHONY: mutants
mutants: $(DEV_READY) ## Mutate the deciding code and show which changes no unit test notices (half an hour)
	@python -m tests.tools.mutants $(MUTANTS_ARGS)

# The clients that the collection is compared with have an environment of their own: one of them brings all of Ansible.
BENCH_VENV := $(CACHE)/bench-venv
BENCH_READY := $(BENCH_VENV)/$(notdir $(call stamp,bench,tests/requirements-bench.txt))
BENCH_RESULTS := build/bench

$(BENCH_READY): tests/requirements-bench.txt
	@$(TOOLS)/setup-venv.sh "$(BENCH_VENV)" tests/requirements-bench.txt
	@touch "$@"

BENCH = mkdir -p $(BENCH_RESULTS) && python -m tests.bench --ours "$(VENV)/bin" --theirs "$(BENCH_VENV)/bin" \
	--collections "$(TREE)" --release "$(BENCH_RELEASE)"

# What the benchmark compares with: the commit of release 1.0.0, from the history of this repository.
BENCH_RELEASE := $(CACHE)/bench-1.0.0
BENCH_RELEASE_COMMIT := d79949f
BENCH_RELEASE_READY := $(BENCH_RELEASE)/ansible_collections/fortiops/fortitoken/galaxy.yml

$(BENCH_RELEASE_READY):
	@mkdir -p "$(@D)"
	@git archive $(BENCH_RELEASE_COMMIT) | tar -x -m -C "$(@D)"

.PHONY: bench bench-full
bench: tree $(DEV_READY) $(BENCH_READY) $(BENCH_RELEASE_READY) ## Turns, bytes, seconds and memory, beside other ways to the same end (minutes)
	@rm -f $(BENCH_RESULTS)/quick.json
	@$(BENCH) $(BENCH_RESULTS)/quick.json

bench-full: tree $(DEV_READY) $(BENCH_READY) $(BENCH_RELEASE_READY) ## The whole table, put into the documentation (hours; goes on where it stopped)
	@$(BENCH) --full --rst docs/docsite/rst/benchmarks.rst $(BENCH_RESULTS)/full.json

.PHONY: test-matrix
test-matrix: ssh-client ssh-server ## Sanity, unit and integration on every supported ansible-core and Python
	@"$$($(TOOLS)/find-python.sh)" -m tests.tools.matrix $(PAIRS)

# ---- results

.PHONY: build
build: $(DEV_READY) ## Build the collection's archive into build/
	@python -m tests.tools.artifact build

.PHONY: importer
importer: $(IMPORTER_READY) ## Show the archive to Galaxy's importer, as an upload would
	@"$(IMPORTER_VENV)/bin/python" -m tests.tools.importer "$(CACHE)/importer"

.PHONY: release
release: $(DEV_READY) ## Check, write the changelog, build, commit and tag: make release VERSION=1.2.3
	@python -m tests.tools.release "$(VERSION)"

.PHONY: docs
docs: $(DEV_READY) ## Build the documentation site into build/site/
	@python -m tests.tools.site build/site

.PHONY: clean
clean: ## Remove caches and results
	@rm -rf $(CACHE) build tests/output .mypy_cache .pytest_cache .ruff_cache .hypothesis .ansible

.PHONY: distclean
distclean: clean ## Remove the virtual environment, too
	@rm -rf "$(VENV)"
