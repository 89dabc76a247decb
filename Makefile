# Everything a person or a machine does here. `make help` lists it.

.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
CACHE := .cache

.PHONY: help setup build run test test-rust test-postgres test-clients lint fmt deny clean

help: ## Lists what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Installs what the machine lacks: system packages, tools, client libraries
	@scripts/setup

build: setup ## Builds target/release/fieldpost
	$(CARGO) build --release --locked -p fieldpost-cli

run: build ## Starts a server at http://127.0.0.1:8065 on ./data
	target/release/fieldpost serve --data ./data

test: setup lint deny test-rust test-postgres test-clients ## Runs every test

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
	FIELDPOST_TEST_ENGINE=postgres $(CARGO) test --locked -p fieldpost-acceptance -p fieldpost-store

test-clients: ## The official client libraries, unmodified, against a live server
	$(CARGO) build --locked -p fieldpost-cli
	scripts/test-clients target/debug/fieldpost

clean: ## Removes what was built
	$(CARGO) clean
	rm -rf $(CACHE)
