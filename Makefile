# Every target in one line: make help

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CDK_VERSION    := 2.1142.0
MOTO_VERSION   := 5.2.1
LINT_VERSION   := v2.12.2
CFN_LINT_VERSION := 1.51.0
AXE_VERSION    := 4.14.1
FORMAT_VERSION := v0.9.2
FUNCTIONS      := $(notdir $(wildcard functions/*))
CDK            := npx --yes aws-cdk@$(CDK_VERSION)
STACK          := pipewarden
EMAIL          ?=
ACCOUNT_NAME   ?=
FUZZTIME       ?= 1m
FUZZ           ?=
CHECKS         ?=
STEPS          ?= 1000
SEED           ?=

# An organisation: its id, the units whose accounts are watched (or the root), and the regions, the one of the central stack among them.
ORG            ?=
OUS            ?=
REGIONS        ?=
CALL_AS        ?=
# What the central stack's outputs tell, for the management account.
BUS            ?=
AUDITOR        ?=
REMEDIATOR     ?=
ALONE          ?=
ifneq ($(ORG),)
export PIPEWARDEN_ORGANIZATION := $(ORG)
export PIPEWARDEN_UNITS := $(OUS)
export PIPEWARDEN_REGIONS := $(REGIONS)
endif
ORGANIZATION   := CALL_AS="$(CALL_AS)" infra/organization.sh

# A function is small rather than fast: the SDK, the network and what is ours are not inlined, and AWS is spoken to by HTTP/1.1.
# Together that is a sixth of a binary.
NOT_INLINED  := github.com go.yaml.in crypto encoding fmt log math mime net os regexp text vendor
LAMBDA_FLAGS := -tags lambda.norpc,nethttpomithttp2 -trimpath $(foreach package,$(NOT_INLINED),-gcflags=$(package)/...=-l) -ldflags="-s -w -buildid="
export PATH := $(CURDIR)/.emulator/bin:$(PATH)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: help
help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: need-go need-node modules emulator ## Watch the whole product work in an emulated account (no AWS account needed)
	@echo "Building the functions and the stack ..."
	@go run ./integration/demo $(DEMO_FLAGS)

.PHONY: test
test: need-go need-node modules emulator ## Run every test, the emulated account included; those in a browser where there is one (make browser)
	@echo "Running the tests ..."
	REQUIRE_EMULATOR=1 go test -timeout 30m ./...

.PHONY: bench
bench: need-go need-node modules emulator ## Measure every budget and print the figure reached
	@LAMBDA_FLAGS='$(LAMBDA_FLAGS)' go run ./integration/bench

.PHONY: load
load: need-go modules emulator ## Play 50,000 events of 100 accounts to the real auditor: throughput, CPU and memory, and how they grow
	@LAMBDA_FLAGS='$(LAMBDA_FLAGS)' go run ./integration/bench -only load

.PHONY: soak
soak: need-go modules emulator ## Play 1,000 random steps of people, faults and crashes in an emulated account: make soak STEPS=5000 SEED=7
	@go run ./integration/soak -steps "$(STEPS)" $(if $(SEED),-seed "$(SEED)")

.PHONY: fuzz
fuzz: need-go modules ## Fuzz every decoder, one after another: make fuzz FUZZTIME=10s FUZZ=shared/policy
	@go run ./integration/fuzz -time "$(FUZZTIME)" -only "$(FUZZ)"

.PHONY: mutate
mutate: need-go modules ## Change the conditions of the checks, and tell what no test notices: make mutate CHECKS=bucket-public
	@go run ./integration/mutate -checks "$(CHECKS)"

.PHONY: build
build: need-go modules ## Build the functions for AWS Lambda (arm64) into build/
	@for f in $(FUNCTIONS); do echo "Building $$f"; \
	  GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build $(LAMBDA_FLAGS) -o build/$$f/bootstrap ./functions/$$f; done

.PHONY: install
install: need-go modules ## Install the command line tool pipewarden
	go install -trimpath -ldflags="-s -w" ./cmd/pipewarden

.PHONY: synth
synth: build need-node ## Write the CloudFormation template to cdk.out/, with CDK's own validation on
	@CDK_CONTEXT_JSON="$$(node -p 'JSON.stringify(require("./cdk.json").context)')" CDK_OUTDIR=cdk.out go run ./infra
	@echo "The template: cdk.out/$(STACK).template.json"
	@test -z "$(ORG)" || echo "The members' templates: cdk.out/organization"

.PHONY: deploy
deploy: need-email need-alone build need-node ## Deploy to the account of your AWS credentials: make deploy EMAIL=you@example.com
	$(CDK) deploy $(STACK) --require-approval broadening --parameters "Email=$(EMAIL)" --parameters "AccountName=$(ACCOUNT_NAME)"

.PHONY: diff
diff: build need-node ## Show what a deployment would change
	$(CDK) diff $(STACK)

.PHONY: destroy
destroy: build need-node ## Remove the stack; the table, the evidence and the keys stay (README, "Remove it")
	$(CDK) destroy $(STACK)

.PHONY: check-org
check-org: need-org ## See whether StackSets can be made from the account of your AWS credentials: make check-org ORG=... OUS=... REGIONS=...
	@$(ORGANIZATION) check "$(ORG)" >/dev/null

.PHONY: deploy-org
deploy-org: need-org need-email check-org build need-node ## Deploy to an organisation: make deploy-org ORG=o-... OUS=ou-...,ou-... REGIONS=eu-west-1,us-east-1 EMAIL=...
	@parameters="$$($(ORGANIZATION) check "$(ORG)")"; \
	$(CDK) deploy $(STACK) --require-approval broadening --parameters "Email=$(EMAIL)" --parameters "AccountName=$(ACCOUNT_NAME)" $$parameters

.PHONY: diff-org
diff-org: need-org build need-node ## Show what a deployment to the organisation would change: make diff-org ORG=... OUS=... REGIONS=...
	$(CDK) diff $(STACK)

.PHONY: destroy-org
destroy-org: need-org check-org build need-node ## Remove it from the organisation: make destroy-org ORG=... OUS=... REGIONS=...
	@echo "CloudFormation takes the rules out of every member, then the functions, then the members' roles, and the rest of the centre last."
	@echo "What stays: the ledger's table and the key that seals it, and the management account's two stacks (make destroy-management, before or after)."
	$(CDK) destroy $(STACK)

.PHONY: deploy-management
deploy-management: need-org need-central synth ## Deploy what members get to the management account: make deploy-management ORG=... OUS=... REGIONS=... BUS=arn:... AUDITOR=arn:... REMEDIATOR=arn:...
	@$(ORGANIZATION) deploy cdk.out/organization "$(ORG)" "$(BUS)" "$(AUDITOR)" "$(REMEDIATOR)"

.PHONY: destroy-management
destroy-management: need-org need-bus synth ## Remove it from the management account: make destroy-management ORG=... OUS=... REGIONS=... BUS=arn:...
	@$(ORGANIZATION) destroy cdk.out/organization "$(BUS)"

.PHONY: new-check
new-check: need-go ## Begin a check in a folder of its own: make new-check ID=build-privileged
	@test -n "$(ID)" || { echo "make new-check: give it an ID: make new-check ID=build-privileged"; exit 2; }
	@go run ./integration/scaffold -check "$(ID)"

.PHONY: new-remedy
new-remedy: need-go ## Begin a remedy in a folder of its own: make new-remedy ID=key-rotate
	@test -n "$(ID)" || { echo "make new-remedy: give it an ID: make new-remedy ID=key-rotate"; exit 2; }
	@go run ./integration/scaffold -remedy "$(ID)"

.PHONY: generate
generate: need-go ## Write the generated files anew
	go run ./integration/scaffold
	go run ./integration/docs
	go test ./integration/rules -run README -update

.PHONY: docs
docs: need-go ## Write docs/checks: the page of each check, and their index
	go run ./integration/docs

# Chromium, and fonts that look the same everywhere.
BROWSER_PACKAGES := chromium fonts-noto-core fonts-noto-color-emoji fonts-dejavu-core

# Chromium is the machine's own. Where it cannot be installed, this says how; axe-core goes into .browser/, and nowhere else.
.PHONY: browser
browser: need-node ## Install what the tests in a browser need: Chromium and axe-core
	@if ! command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium ..."; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(BROWSER_PACKAGES) >/dev/null; } || \
	      { echo "Chromium cannot be installed: apt-get could not fetch $(BROWSER_PACKAGES). Install it yourself so that chromium is on the PATH."; exit 1; }; \
	  else echo "Chromium is needed on the PATH. On Debian and Ubuntu: sudo apt-get install $(BROWSER_PACKAGES)"; exit 1; fi; fi
	@grep -qs '"version": "$(AXE_VERSION)"' .browser/node_modules/axe-core/package.json || { \
	  echo "Installing axe-core $(AXE_VERSION) into .browser/ ..."; mkdir -p .browser; \
	  npm install --silent --no-audit --no-fund --no-save --prefix .browser 'axe-core@$(AXE_VERSION)' || { \
	    rm -rf .browser; echo "axe-core cannot be installed: npm could not fetch axe-core@$(AXE_VERSION)."; exit 1; }; }

.PHONY: previews
previews: need-go browser ## Take pictures of the messages that people get: docs/telling
	go run ./integration/preview

.PHONY: report-pictures
report-pictures: need-go browser ## Take pictures of a report: docs/report
	go run ./integration/portrait

.PHONY: format
format: need-go ## Format the code
	go run mvdan.cc/gofumpt@$(FORMAT_VERSION) -w $$(git ls-files '*.go')

.PHONY: lint
lint: need-go ## Run the linters of .golangci.yml
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION) run

.PHONY: verify
verify: generate format lint test ## What a change must pass: generate, format, lint, test, and a clean tree
	@git diff --exit-code --stat || { echo "make verify: generating or formatting changed files; commit them"; exit 1; }

.PHONY: modules
modules: need-go
	@go mod download || { echo "The Go modules cannot be downloaded: is there a way to a Go module proxy (go env GOPROXY)?"; exit 1; }

# The emulator is used from the PATH when it is there, else from .emulator/, made here once.
.PHONY: emulator
emulator:
	@if [ -n "$${MOTO_ENDPOINT:-}" ] || command -v moto_server >/dev/null; then exit 0; fi; \
	command -v python3 >/dev/null || { echo "Python 3 is needed for the AWS emulator: install python3 (3.9 or newer) and try again."; exit 1; }; \
	echo "Installing the AWS emulator (moto $(MOTO_VERSION)) into .emulator/ ..."; \
	{ python3 -m venv .emulator && .emulator/bin/pip install --quiet --disable-pip-version-check 'moto[server,all]==$(MOTO_VERSION)' 'cfn-lint==$(CFN_LINT_VERSION)'; } || \
	  { rm -rf .emulator; echo "The AWS emulator cannot be installed: pip could not fetch moto[server,all]==$(MOTO_VERSION). Install it yourself so that moto_server is on the PATH, or set MOTO_ENDPOINT to one that runs."; exit 1; }

.PHONY: need-go
need-go:
	@command -v go >/dev/null || { echo "Go 1.26 is needed: install it and try again."; exit 1; }
	@go version | grep -qE 'go1\.(2[6-9]|[3-9][0-9])' || { echo "Go 1.26 or newer is needed; this is $$(go version)."; exit 1; }

.PHONY: need-node
need-node:
	@command -v node >/dev/null && command -v npx >/dev/null || { echo "Node.js 20 or newer with npx is needed to write the CloudFormation template: install it and try again."; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is needed; this is $$(node --version)."; exit 1; }

.PHONY: need-email
need-email:
	@test -n "$(EMAIL)" || { echo "make deploy: say who is to be told: make deploy EMAIL=you@example.com"; exit 2; }

.PHONY: need-alone
need-alone:
	@test -z "$(ORG)" || { echo "make deploy is for one account; with ORG: make deploy-org ORG=$(ORG) OUS=... REGIONS=... EMAIL=..."; exit 2; }
	@test -n "$(ALONE)" || $(ORGANIZATION) alone

.PHONY: need-org
need-org:
	@test -n "$(ORG)" && test -n "$(OUS)" && test -n "$(REGIONS)" || { \
	  echo "make $(firstword $(MAKECMDGOALS)): say which organisation, which units (or its root), and which regions, the one of the central stack among them:"; \
	  echo "  ORG=o-exampleorgid OUS=ou-ab12-cd34ef56,ou-ab12-gh78ij90 REGIONS=eu-west-1,us-east-1"; exit 2; }

.PHONY: need-bus
need-bus:
	@test -n "$(BUS)" || { echo "make $(firstword $(MAKECMDGOALS)): give it BUS, which the central stack's outputs tell as BusArn"; exit 2; }

.PHONY: need-central
need-central: need-bus
	@test -n "$(AUDITOR)" && test -n "$(REMEDIATOR)" || { \
	  echo "make $(firstword $(MAKECMDGOALS)): give it AUDITOR and REMEDIATOR, which the central stack's outputs tell as AuditorRoleArn and RemediatorRoleArn;"; \
	  echo "its output Next5Management is the whole command"; exit 2; }

.PHONY: clean
clean: ## Remove what was built and installed here
	rm -rf build cdk.out .emulator .browser
