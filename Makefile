# make demo   see it work            make test   everything that a machine checks; what .ci/run calls
# make build  bin/roadline           make lint   the static part of it
# make fmt    format the source      make bench  measure beside the floor of this machine
# Needed beforehand: Go (the version in go.mod) and, for what setup installs, Debian 12 with root or sudo.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
# make mutants  break each invariant on purpose: the tests must notice
# make storm    ten thousand messages each way through kills, resets and full cards, and fifty thousand by SMPP; takes some ten minutes
.PHONY: build web peers demo ready test bench storm deb mutants lint fmt generate setup clean

GO ?= go
TOOLS := .cache/tools
TIMEOUT ?= 20m
LIVE := ./cmd/roadline/demo ./cmd/roadline/house

setup: # install what the product and its tests need; quick and silent when it is there
	@.ci/setup

build: web
	@$(GO) build -o bin/roadline ./cmd/roadline

# What browsers load is bundled from cabinet/web/src. Where there is no Node, the pages are plain HTML or those of an earlier build.
WEB := cabinet/web
web: $(WEB)/dist/manifest.json ; @:

$(WEB)/dist/manifest.json: $(WEB)/node_modules/.package-lock.json $(WEB)/build.mjs $(WEB)/tsconfig.json $(shell find $(WEB)/src -type f)
	@command -v node >/dev/null || { echo "web: no node here: pages without styles and scripts (make setup installs it)" >&2; exit 0; }; \
	cd $(WEB) && node_modules/.bin/tsc -p . && node build.mjs

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@command -v npm >/dev/null || exit 0; cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json

# Programs of other people that tests run against, from npm.
PEERS := .ci/peers
peers: $(PEERS)/node_modules/.package-lock.json ; @:

$(PEERS)/node_modules/.package-lock.json: $(PEERS)/package.json $(PEERS)/package-lock.json
	@cd $(PEERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json

demo: setup build
	@bin/roadline demo

# The tools are built while Debian's packages come.
ready:
	@$(MAKE) -sj2 setup $(TOOLS)/built

# gotestsum speaks last: its closing lines are the verdict. Lint has vetted all, so that the tests are not vetted again. Tests wait
# more than they work, hence three packages at a time, those that take longest first, and in each as many as six where they may. What
# listens to calls comes by itself.
LONGEST := ./cabinet/web/journeys ./cabinet/web ./store
GOTEST := $(TOOLS)/gotestsum --format pkgname -- -race -vet=off -count=1 -parallel 6 -timeout $(TIMEOUT)
test: ready web peers lint
	@$(GOTEST) -p 3 $(LONGEST) $$($(GO) list ./... | grep -vxF "$$($(GO) list $(LIVE) $(LONGEST))")
	@$(GOTEST) -p 2 $(LIVE)

bench: setup build # the product on one core, the load on the other, beside the floor; takes some ten minutes
	@$(GO) build -o bin/bench ./cmd/roadline/bench
	@bin/bench -program bin/roadline -out docs/performance.md

storm: setup # the tests of 2000, and of 300 by SMPP, each way that make test has, in full
	@ROADLINE_TEST_MESSAGES=10000 $(GO) test -race -count=1 -timeout 30m -run TestNoMessageIsLostOrDoubledInAStorm -v ./cmd/roadline/house
	@ROADLINE_TEST_SMPP=50000 $(GO) test -count=1 -timeout 30m -run TestNoSMPPMessageIsLostOrDoubledInAStorm -v ./cmd/roadline/house

# The packaging tool is pinned in .ci/package/go.mod.
$(TOOLS)/nfpm: .ci/package/go.mod .ci/package/go.sum
	@$(GO) build -C .ci/package -o $(CURDIR)/$@ github.com/goreleaser/nfpm/v2/cmd/nfpm

deb: web $(TOOLS)/nfpm # bin/roadline_….deb: service, udev rule, dashboards; it is installed and purged in a layer that is thrown away
	@package=$$(.ci/package/deb $(TOOLS)/nfpm) && .ci/package/try "$$package" && echo "$$package"

mutants: # every invariant is shown to be able to fail
	@.ci/mutants

# The tools' versions are pinned, with checksums, in .ci/lint/go.mod and go.sum. Built without C: its
# compiler may be on its way.
$(TOOLS)/built: $(wildcard .ci/lint/*.go) .ci/lint/go.mod .ci/lint/go.sum
	@CGO_ENABLED=0 $(GO) build -C .ci/lint -o $(CURDIR)/$(TOOLS)/ . tool
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
	@rm -rf bin .cache $(WEB)/node_modules $(WEB)/dist/* $(PEERS)/node_modules
