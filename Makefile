# Tools come from package-lock.json and go.sum; nothing is installed outside
# this folder and the language caches.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
ENV ?= dev
DRILL ?= --fault crash

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: tools
tools: node_modules/.package-lock.json ## Install the pinned CDK CLI and Node.js

.PHONY: synth
synth: tools ## Build the functions and synthesize the three stacks
	cdk synth --quiet -c env=$(ENV)
	@go run ./cmd/regionpair describe

.PHONY: build
build: ## Build the command-line tool, bin/regionpair
	go build -o bin/regionpair ./cmd/regionpair

.PHONY: drill
drill: tools build ## Lose a Region on this machine and measure it
	bin/regionpair drill -c env=$(ENV) --report .build/report $(DRILL)

.PHONY: test
test: tools ## Run all tests
	@# Strict validation has tests of its own; in all others it would be slow.
	@# Vetting is a gate of its own.
	CDK_VALIDATION=false go test -vet=off ./...

.PHONY: simulate
simulate: ## Run 27,000 schedules of faults in virtual time
	REGIONPAIR_SEEDS=20 go test -vet=off -count=1 -timeout 20m ./internal/simulate

.PHONY: e2e
e2e: tools ## Deploy with the real CDK CLI into an emulator (needs Python)
	go build -o bin/e2e ./e2e
	bin/e2e

.PHONY: pictures
pictures: drill ## Take the pictures of the documentation again (needs Chromium)
	go run ./internal/pictures

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf bin cdk.out .build .venv node_modules
