# make demo   see it work          make test   everything that a machine checks (what .ci/run calls)
# make build  bin/roadline         make bench  measure beside the floor of this machine
# make fmt    format               make lint   the static part of make test

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
GO ?= go

.PHONY: build demo test bench fmt lint generate setup clean
.DEFAULT_GOAL := build

setup: ## install what the product and its tests need; silent and quick when all is there
	@.ci/setup

build: ## bin/roadline
	@$(GO) build -o bin/roadline ./cmd/roadline

demo: setup build ## a company, a carrier and mobiles on this machine, calls arriving
	@bin/roadline demo

test: setup
	@$(GO) vet ./...
	@$(GO) test -race -count=1 -timeout 20m ./...

bench: setup
	@$(GO) test -run '^$$' -bench . -benchmem ./...

generate:
	@$(GO) generate ./...

clean:
	@rm -rf bin .cache
