# The commands of the repository. `make help` lists them; scripts/ holds what they do.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test lint format bench fuzz asan tsan clean

JOBS ?= $(shell nproc)
SOURCES = $$(git ls-files -co --exclude-standard '*.cc' '*.h')

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: ## install what is missing, build, serve on :4000 (AWS from the environment, else the simulator)
	@$(MAKE) --no-print-directory build
	@exec scripts/run

build: ## build/release/stargate and build/release/stargate-sim
	@scripts/bootstrap build
	@cmake --preset release >/dev/null
	@cmake --build build/release --parallel $(JOBS) --target stargate stargate-sim

test: ## install what is missing, build and run every test; the last line counts them
	@scripts/bootstrap all
	@scripts/test

lint: ## formatting, house rules, clang-tidy, shellcheck
	@scripts/bootstrap all
	@scripts/lint

format: ## rewrite the sources in the house's format
	@scripts/bootstrap test
	@clang-format-19 -i $(SOURCES)

bench: ## CPU, latency and memory beside nginx on the same bytes; writes bench/results/latest.md
	@scripts/bootstrap all
	@bench/run.py

fuzz: ## every fuzz target for FUZZ_SECONDS (default 60) each
	@scripts/bootstrap all
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-60} scripts/test fuzz

asan: ## unit and integration tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/bootstrap all
	@scripts/test asan

tsan: ## unit and integration tests under ThreadSanitizer
	@scripts/bootstrap all
	@scripts/test tsan

clean: ## remove everything that was built or installed into the tree
	@rm -rf build tests/e2e/js/node_modules
