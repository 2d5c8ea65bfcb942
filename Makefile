# Tools come from package-lock.json and go.sum; nothing is installed outside
# this folder and the language caches.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
ENV ?= dev
DRILL ?= --fault crash
AWSCDK = github.com/aws/aws-cdk-go/awscdk/v2
LINT_REGIONS = us-east-1 us-west-2 eu-west-1 eu-central-1 eu-south-1

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

.venv-examples/requirements.txt: examples/existing-api/requirements.txt
	@python3 -m venv --clear .venv-examples && .venv-examples/bin/pip install --quiet --disable-pip-version-check -r $< && cp $< $@ || \
	  { rm -rf .venv-examples; echo "there is no Python with venv and pip: the Python example is not tested"; }

.PHONY: examples
examples: tools .venv-examples/requirements.txt ## Drill every example, and a new app, from a copy outside this checkout; do the tutorials
	CDK_VALIDATION=false REGIONPAIR_EXAMPLES=1 go test -vet=off -v -count=1 -timeout 30m -parallel 3 -run "^(TestEveryExampleSurvivesACrash|TestStartHereWorks|TestTheTutorialWorks)$$" ./cmd/regionpair

.PHONY: test
test: tools .venv-examples/requirements.txt ## Run all tests
	@# Strict validation has tests of its own; in all others it would be slow.
	@# Vetting is a gate of its own.
	@# The acceptance tests come first: they take longest, and wait for most of it.
	@# Both Regions run in tests of the command: nothing else may slow them down. They,
	@# too, wait for most of their time: more of them run at once than there are cores.
	CDK_VALIDATION=false go test -vet=off -p 3 ./internal/localcloud/acceptance $$(go list ./... | grep -v -e /cmd/regionpair -e /acceptance)
	CDK_VALIDATION=false go test -vet=off -timeout 20m -parallel 3 ./cmd/regionpair

.PHONY: quick
quick: tools ## Run the tests that bring up no pair, in a minute and a half
	CDK_VALIDATION=false go test -short -vet=off -p 3 ./...

# What starts no CDK: its kernel is a process of one thread, and slow.
RACE = ./client/... ./lambda/fence ./lambda/health ./lambda/internal/durable ./lambda/internal/issuers ./lambda/objects ./lambda/pairing ./lambda/token ./internal/console ./internal/drill ./internal/localcloud/...

.PHONY: race
race: tools ## Run the tests of what is concurrent with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -vet=off -p 3 $$(go list $(RACE) | grep -v /acceptance)

.PHONY: soak
soak: tools ## Press random faults for SOAK, an hour by default, and look for leaks
	CDK_VALIDATION=false SOAK=$${SOAK:-1h} go test -vet=off -v -count=1 -timeout 3h -run 'RandomFaults' ./internal/localcloud/acceptance ./cmd/regionpair

.PHONY: lint
lint: tools ## Run the checks that need no test
	.ci/run lint

.PHONY: generate
generate: tools ## Write the files that are made from Go types and doc comments
	go generate ./...

.PHONY: snapshots
snapshots: tools ## Write the snapshots again: read the difference before you commit it
	CDK_VALIDATION=false UPDATE_SNAPSHOTS=1 go test -vet=off ./stacks ./constructs ./internal/operate ./internal/cost

SIMULATIONS = simulate-pair simulate-auto simulate-guarded simulate-manual

.PHONY: simulate $(SIMULATIONS)
simulate: ## Run 180,000 schedules of faults in virtual time, on all processors
	@$(MAKE) --no-print-directory -j $(words $(SIMULATIONS)) $(SIMULATIONS)

simulate-pair:
	REGIONPAIR_SEEDS=20 go test -vet=off -count=1 -timeout 20m ./internal/simulate ./lambda/internal/durable

simulate-auto simulate-guarded simulate-manual:
	REGIONPAIR_SEEDS=100 go test -vet=off -count=1 -timeout 40m -run 'AsynchronousObjects/$(@:simulate-%=%)' ./lambda/objects

bench/typescript/node_modules/.package-lock.json: bench/typescript/package.json bench/typescript/package-lock.json
	npm --prefix bench/typescript ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: bench
bench: tools bench/typescript/node_modules/.package-lock.json ## Measure what is promised, beside its limits (70 minutes; BENCH="-only synthesis")
	go run ./bench $(BENCH)

.PHONY: e2e
e2e: tools ## Deploy with the real CDK CLI into an emulator (needs Python)
	go build -o bin/e2e ./internal/e2e
	bin/e2e

.PHONY: pictures
pictures: drill ## Take the pictures of the documentation again (needs Chromium)
	go run ./internal/pictures

.PHONY: cfn-lint
cfn-lint: tools ## Check the templates of eight configurations with cfn-lint (needs Python)
	rm -rf .build/cfn-lint
	REGIONPAIR_TEMPLATES=$(CURDIR)/.build/cfn-lint CDK_VALIDATION=false go test -count=1 -vet=off -run '^TestTemplatesForLinters$$' ./stacks
	@cmp -s tools/cfnlint/requirements.txt .venv-cfn-lint/requirements.txt || { python3 -m venv --clear .venv-cfn-lint && \
	  .venv-cfn-lint/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tools/cfnlint/requirements.txt && \
	  cp tools/cfnlint/requirements.txt .venv-cfn-lint; }
	@# CDK writes dependencies that a reference implies (W3005) and Fn::Join for Fn::Sub (I1022).
	.venv-cfn-lint/bin/cfn-lint --include-checks I --ignore-checks W3005 I1022 --regions $(LINT_REGIONS) -- '.build/cfn-lint/*/*.template.json'

.PHONY: newest
newest: tools ## Build and compare the templates with the newest CDK that is served
	@mkdir -p .build && cp go.mod .build/newest.mod && cp go.sum .build/newest.sum
	go get -modfile=.build/newest.mod $(AWSCDK)@upgrade
	@if cmp -s go.mod .build/newest.mod; then echo "go.mod requires the newest that is served"; else \
	  go build -modfile=.build/newest.mod ./... && \
	  { CDK_VALIDATION=false go test -modfile=.build/newest.mod -vet=off -run '^TestSnapshot$$' ./stacks || \
	    echo "it builds, and changes the templates as above: require it in a commit of its own"; }; fi

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf bin cdk.out .build .venv .venv-cfn-lint .venv-examples node_modules
