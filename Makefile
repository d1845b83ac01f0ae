# make demo   see it work            make test   everything that a machine checks; what .ci/run calls
# make build  bin/roadline           make lint   the static part of it
# make fmt    format the source      make bench  measure beside the floor of this machine
# Needed beforehand: Go (the version in go.mod) and, for what setup installs, Debian 12 with root or sudo.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
# make mutants  break each invariant on purpose: the tests must notice
# make storm    ten thousand messages each way through kills, resets and full cards; takes some six minutes
.PHONY: build demo test bench storm mutants lint fmt generate setup clean

GO ?= go
TOOLS := .cache/tools
TIMEOUT ?= 20m
LIVE := ./cmd/roadline/demo ./cmd/roadline/house

setup: # install what the product and its tests need; quick and silent when it is there
	@.ci/setup

build:
	@$(GO) build -o bin/roadline ./cmd/roadline

demo: setup build
	@bin/roadline demo

# gotestsum speaks last: its closing lines are the verdict. What listens to calls has the machine to itself; calls wait more
# than they work, so that four go on at once where they may.
test: setup lint
	@$(TOOLS)/gotestsum --format pkgname -- -race -count=1 -timeout $(TIMEOUT) $$($(GO) list ./... | grep -vxF "$$($(GO) list $(LIVE))")
	@$(TOOLS)/gotestsum --format pkgname -- -race -count=1 -timeout $(TIMEOUT) -p 1 -parallel 4 $(LIVE)

bench: setup build # the product on one core, the load on the other, beside the floor; takes some ten minutes
	@$(GO) build -o bin/bench ./cmd/roadline/bench
	@bin/bench -program bin/roadline -out docs/performance.md

storm: setup # the test of 2000 each way that make test has, in full
	@ROADLINE_TEST_MESSAGES=10000 $(GO) test -race -count=1 -timeout 30m -run TestNoMessageIsLostOrDoubledInAStorm -v ./cmd/roadline/house

mutants: # every invariant is shown to be able to fail
	@.ci/mutants

# The tools' versions are pinned, with checksums, in .ci/lint/go.mod and go.sum.
$(TOOLS)/built: $(wildcard .ci/lint/*.go) .ci/lint/go.mod .ci/lint/go.sum
	@$(GO) build -C .ci/lint -o $(CURDIR)/$(TOOLS)/ . tool
	@touch $@

# The checks are checked first: a rule that cannot fail says nothing.
lint: $(TOOLS)/built
	@$(GO) test -C .ci/lint ./... >/dev/null || $(GO) test -C .ci/lint ./...
	@unformatted=$$($(TOOLS)/gofumpt -l . .ci/lint); [ -z "$$unformatted" ] || { printf 'run make fmt, it would change:\n%s\n' "$$unformatted" >&2; exit 1; }
	@$(GO) vet ./...
	@$(GO) vet -vettool=$(CURDIR)/$(TOOLS)/lint ./...
	@.ci/deadcode $(TOOLS)/deadcode

fmt: $(TOOLS)/built
	@$(TOOLS)/gofumpt -w . .ci/lint

generate:
	@$(GO) generate ./...

clean:
	@rm -rf bin .cache
