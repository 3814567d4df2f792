# SPDX-License-Identifier: AGPL-3.0-or-later
# What one does with a checkout. `make up` tries it, `make test` proves it.
#
# TRUNKLINE_STATE names another state folder, TRUNKLINE_PORT_OFFSET moves every port.

.DEFAULT_GOAL := help
.PHONY: help up build test test-swift test-web test-e2e bench lint format clean

BIN := .build/debug

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: ## Install what is missing, build, and run everything here with a sandbox home server (LAN=name: for phones in the network, too)
	@dist/install-requirements build engines
	@dist/build
	@exec $(BIN)/trunkline-trial up $(if $(LAN),--lan $(LAN))

build: ## Build what the trial runs
	@dist/install-requirements build
	@dist/build

test: lint test-web test-swift test-e2e ## Check the sources, then test everything, with real engines and a real browser

# One target after the other: all at once, tests of deadlines starve each other.
test-swift: ## Test the Swift code
	@dist/install-requirements build engines tests
	@dist/build --build-tests
	@for target in $(notdir $(wildcard Tests/*Tests)); do \
	  swift test --skip-build --disable-xctest --filter "^$$target\." || { echo "$$target failed"; exit 1; }; \
	done

test-web: ## Test the web client's modules
	@dist/install-requirements tests
	@timeout 300 node --test web/test/*.test.js # this edition has no limit of its own

# Most tests wait most of the time, so several processes run them side by side, each in a network of its own (which only root
# can make). What measures time comes after them, alone. 5 is pytest's “nothing chosen”, which ARGS can mean for one of the two.
SIDE_BY_SIDE := $(if $(filter 0,$(shell id -u)),3,0)

test-e2e: .venv/done ## Test with real engines, clients and a browser (ARGS="-k name")
	@dist/install-requirements build engines tests
	@dist/build --build-tests
	@run() { .venv/bin/python -m pytest e2e "$$@"; status=$$?; [ $$status = 0 ] || [ $$status = 5 ]; }; ok=true; \
	run -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder --durations 15 -m 'not alone' $(ARGS) || ok=false; \
	run -m alone $(ARGS) || ok=false; $$ok

bench: .venv/done ## Measure logins, registrations and calls against their peers (benchmarks/README.md has the rest)
	@dist/install-requirements engines tests
	@for script in xmpp_login sip_register sip_calls sip_revoke; do .venv/bin/python benchmarks/$$script.py || exit 1; done

lint: ## Check format, imports, types and scripts
	@dist/install-requirements build
	@dist/lint

format: ## Format the Swift sources
	@swift format -i -r --parallel --configuration .swift-format Sources Tests Package.swift

clean: ## Forget what was built; the state of trials stays
	rm -rf .build .venv

.venv/done: e2e/requirements.txt
	@dist/install-requirements tests
	python3 -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r e2e/requirements.txt
	@touch $@
