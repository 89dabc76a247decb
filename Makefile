# Everything a person or a machine does here. `make help` lists it.

.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
CACHE := .cache
WEB := $(shell find web \( -name node_modules -o -path web/app/dist -o -path web/e2e -o -path web/bench \) -prune -o -type f -print)

# With the features that all crates together ask of others, and tests, so that it is built once.
PROGRAM := $(CARGO) build --locked --workspace --tests --bin fieldpost

.PHONY: help setup web build run demo bench linkbed-test bench-web bench-peers soak test test-rust test-postgres test-api test-clients \
	test-web test-journeys compatibility screenshots lint fmt deny fuzz clean again

help: ## Lists what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Installs what the machine lacks: system packages, tools, client libraries
	@scripts/setup

web: setup $(CACHE)/web ## Builds the web client into web/app/dist, if it is not what its sources say

# The binary holds the built client, so building it anew would build the binary anew.
$(CACHE)/web: $(WEB) $(if $(wildcard web/app/dist/index.html),,again) | setup
	cd web && npm run --silent build
	@touch $@

build: web ## Builds target/release/fieldpost
	$(CARGO) build --release --locked -p fieldpost-cli

run: build ## Starts a server at http://127.0.0.1:8065 on ./data
	target/release/fieldpost serve --data ./data

demo: build ## Starts two linked sites, and a page at http://127.0.0.1:8070 to spoil their link
	FIELDPOST_BINARY=target/release/fieldpost $(CARGO) run -q --locked -p fieldpost-demo

bench: build ## Measures a release build; ONLY="posts unread" for some figures, ARGS=--quick for rough ones
	$(CARGO) run -q --release --locked -p fieldpost-bench -- $(ARGS) $(ONLY)

linkbed-test: build ## Proves what links do, over emulated ones, beside the goals: ONLY="mixed oneway" ARGS=--quick
	$(CARGO) run -q --release --locked -p fieldpost-bench -- --proofs --json target/linkbed-test.json $(ARGS) $(ONLY)

bench-web: build ## Measures the web client in Chromium: ONLY="keys scroll" ARGS=--quick MINUTES=10
	cd web && FIELDPOST_BINARY=$(CURDIR)/target/release/fieldpost npm run --silent bench -- $(ARGS) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(ONLY)

bench-peers: build ## Measures Matrix servers and our own over one bad link: ONLY="steady burst cut" ARGS=--quick
	$(CARGO) build -q --release --locked -p fieldpost-linkbed
	python3 scripts/peers/measure.py $(ARGS) $(ONLY)

soak: build ## People use a server that is killed again and again: MINUTES=30 ENGINE=sqlite|postgres SEED=1
	$(CARGO) run -q --release --locked -p fieldpost-crowd -- --minutes $(or $(MINUTES),30) \
		--engine $(or $(ENGINE),sqlite) --seed $(or $(SEED),1) $(ARGS)

test: setup web lint deny test-web test-rust test-postgres test-api test-clients test-journeys ## Runs every test

lint: ## Format, lints, house rules
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) run -q --locked -p xtask -- tidy

fmt: ## Formats, and redraws the crate graph
	$(CARGO) fmt --all
	$(CARGO) run -q --locked -p xtask -- draw

deny: ## Licences and sources of dependencies
	$(CACHE)/tools/bin/cargo-deny --log-level error check licenses bans sources

test-rust: ## Unit, property and acceptance tests on the embedded engine
	$(CARGO) test --workspace --locked

test-postgres: ## The tests of what is stored and answered, on a real database server
	FIELDPOST_TEST_ENGINE=postgres $(CARGO) test --locked --workspace --test acceptance --test store

test-api: ## Odd requests to every served operation, made up from the server's own description
	$(PROGRAM)
	scripts/test-api target/debug/fieldpost

test-clients: ## The official client libraries, unmodified, in the clear and encrypted
	$(PROGRAM)
	scripts/test-clients target/debug/fieldpost

test-web: ## Types, lint and unit tests of the web client
	cd web && npm test --silent

test-journeys: web ## People's journeys through the web client, in Chromium against a real server
	$(PROGRAM)
	cd web && FIELDPOST_BINARY=$(CURDIR)/target/debug/fieldpost npm run --silent e2e

fuzz: ## Targets that read bytes of strangers, under a fuzzer: make fuzz SECONDS_EACH=600 TARGETS="change"
	scripts/fuzz $(or $(SECONDS_EACH),60) $(TARGETS)

compatibility: ## Writes docs/compatibility.md anew, from the program
	$(CARGO) run -q --locked -p fieldpost-cli -- routes --markdown >docs/compatibility.md

screenshots: web ## Takes the pictures in docs/images anew, from the running product
	$(PROGRAM) --bin fieldpost-demo
	cd web && FIELDPOST_BINARY=$(CURDIR)/target/debug/fieldpost FIELDPOST_DEMO=$(CURDIR)/target/debug/fieldpost-demo \
		node scripts/screenshots.mjs ../docs/images

clean: ## Removes what was built
	$(CARGO) clean
	rm -rf $(CACHE)
