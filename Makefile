# Everything a developer runs. Needs Go and, for the race detector, a C compiler; Linux or
# macOS. Nothing is downloaded but Go modules, and promtool where Debian has it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The release that is built, and the image that deploy and build-installer refer to.
VERSION ?=
RELEASE_IMG := ghcr.io/crossvpc/crossvpc
IMG ?= $(if $(VERSION),$(RELEASE_IMG):$(VERSION))
# What `make conformance` asks: awssim, moto, the URL of anything that speaks AWS, or aws (docs/conformance.md).
TARGET ?= awssim
# What the test targets test, and more flags for them: make test PACKAGES=./internal/... TESTFLAGS=-v
PACKAGES ?= ./...
TESTFLAGS ?=
# How long the tests of one package may take: those of a whole run share the machine.
TEST_TIMEOUT ?= 45m
# How often `make deflake` repeats the tests at most.
TIMES ?= 100
# How many mutants `make mutation` tries (empty: all), and what chooses them: another sample with each commit.
SAMPLE ?=
MUTATION_SEED ?= $(or $(SEED),$(shell git rev-parse HEAD 2>/dev/null),1)
# How long `make fuzz` runs each target.
FUZZTIME ?= 60s
# The database of govulncheck for `make audit`: a folder or a URL. Empty: https://vuln.go.dev.
GOVULNDB ?=
# What `make check` compares with to find what is changed.
BASE ?= main

TOOL := go tool -modfile=tools/go.mod
CONTROLLER_GEN := $(TOOL) controller-gen
KUSTOMIZE := $(TOOL) kustomize
# golangci-lint, with the linter of Kubernetes' API conventions built in.
GOLANGCI_LINT := $(TOOL) golangci-lint-kube-api-linter
# What packages a release; a module of its own, built when it is first needed.
RELEASE_TOOL := go tool -modfile=tools/release/go.mod
HELM_DOCS := $(RELEASE_TOOL) helm-docs
KUBECTL ?= kubectl
# What the image is built on, by digest, and for which platforms.
BASE_IMAGE ?= $(shell sed -n 's/^FROM //p' Dockerfile)
PLATFORMS ?= linux/amd64,linux/arm64
# For which platforms the plugin of kubectl is released.
PLUGIN_PLATFORMS ?= linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64
# Linked without symbols and debuggers' data (-s leaves out both): a third less time for each of a hundred test binaries.
TEST_LINKER = -ldflags=-s
GO_TEST := go test -race $(TEST_LINKER) -shuffle=on -timeout=$(TEST_TIMEOUT)

# Colours only on a terminal, and not where NO_COLOR is set (https://no-color.org). Make tells of a
# terminal in MAKE_TERMOUT.
ifneq ($(and $(MAKE_TERMOUT),$(if $(NO_COLOR),,yes)),)
BOLD := \033[1m
CYAN := \033[36m
PLAIN := \033[0m
endif
say = @printf '$(BOLD)==>$(PLAIN) %s\n' "$(1)"

COMMA := ,
# Where schedules of faults are played.
CHAOS = ./internal/controller/vpcpeering ./internal/controller/peeredcluster
# Where what runs of hours take is measured.
SOAKS = ./internal/controller/vpcpeering ./internal/controller/peeredcluster
# Linker flags of what is shipped: stripped, and with its version.
LDFLAGS = -s -w$(if $(VERSION), -X github.com/crossvpc/crossvpc/internal/version.release=$(VERSION))
# Puts IMG, when it is given, in the place of the image of the last release.
SET_IMG = $(if $(IMG),sed 's|image: $(RELEASE_IMG):.*|image: $(IMG)|',cat)

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n$(BOLD)%s$(PLAIN)\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  $(CYAN)%-18s$(PLAIN) %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: controlplane authenticator ## The whole story on two real control planes; KEEP=1 leaves it running
	$(call say,demo: two clusters and two AWS accounts come up; then one VPCPeering is applied)
	@hack/gorun.sh ./test/e2e/cmd/demo $(if $(KEEP),-keep)

.PHONY: first-run
first-run: ## Two real EKS clusters, the first time: checks, then each change asked for; CHECK=1 only looks, UNDO=all|last goes back (docs/first-run.md)
	@hack/gorun.sh ./cmd/first-run $(if $(CHECK),-check) $(if $(UNDO),-undo=$(UNDO)) $(ARGS)

.PHONY: lab
lab: ## The incident and its cure on the wire: network namespaces, Cilium's own code, real packets
	$(call say,lab: two VPCs in network namespaces; Cilium's code is compiled once: 2 minutes or more)
	@cd test/dataplane && go run ./cmd/lab

##@ Test

.PHONY: test
test: ## Everything that has to hold: unit, component, conformance, e2e, lint, generated files
	@PACKAGES="$(PACKAGES)" TESTFLAGS="$(TESTFLAGS)" TEST_TIMEOUT="$(TEST_TIMEOUT)" TEST_LINKER="$(TEST_LINKER)" hack/test.sh

.PHONY: test-all
test-all: ## The same, with every part that `test` runs in turn: Argo CD, moto, Terraform, the runs at scale, and two builds compared
	@PARTS=all PACKAGES="$(PACKAGES)" TESTFLAGS="$(TESTFLAGS)" TEST_TIMEOUT="$(TEST_TIMEOUT)" TEST_LINKER="$(TEST_LINKER)" hack/test.sh

.PHONY: check
check: ## What to run before a commit: format, build, vet, unit tests, generated files, lint of what is changed
	@BASE="$(BASE)" hack/check.sh

.PHONY: unit
unit: ## Only the pure tests: no control plane, no simulated AWS, no race detector; seconds
	$(call say,unit tests: $(PACKAGES) without what starts a control plane or the simulated AWS)
	@packages=$$(hack/packages.sh unit $(PACKAGES)) && go test -short -timeout=5m $(TESTFLAGS) $$packages

.PHONY: component
component: controlplane authenticator ## The packages that start a control plane or the simulated AWS, without e2e; minutes
	$(call say,component tests: $(PACKAGES) that start a control plane or the simulated AWS)
	@packages=$$(hack/packages.sh component $(PACKAGES)) && $(GO_TEST) $(TESTFLAGS) $$packages

.PHONY: e2e
e2e: controlplane authenticator ## Whole stories: the built binary, two control planes, the simulated AWS; RUN=TestName for one
	$(call say,e2e tests)
	@$(GO_TEST) $(if $(RUN),-run='$(RUN)') $(TESTFLAGS) ./test/e2e/...

.PHONY: chaos
chaos: controlplane ## Random schedules of faults for a VPCPeering and a PeeredCluster until one fails, which is made shorter and printed; SEED=1000 is the first
	$(call say,chaos: until a schedule fails)
	@seed=$(or $(SEED),1000); \
	while CHAOS_SEED=$$seed CHAOS_SEEDS=40 go test -count=1 -timeout=30m -run=TestChaos $(TESTFLAGS) $(CHAOS); do \
		seed=$$((seed + 40)); echo "next is seed $$seed"; \
	done; echo "A schedule fails from seed $$seed on; the one that did is named above."; exit 1

.PHONY: chaos-rest
chaos-rest: controlplane ## The seeds of `make chaos` that `test` plays without the race detector: 200 for a VPCPeering in all, 40 for a PeeredCluster
	$(call say,chaos: the rest of the seeds)
	@CHAOS_REST=1 go test -count=1 -timeout=15m -run=TestChaos $(TEST_LINKER) $(TESTFLAGS) $(CHAOS)

.PHONY: soak
soak: controlplane ## Hours of simulated time: what 100 VPCPeerings with drift and 10 PeeredClusters with nodes that come and go take stays as it is; HOURS=24
	$(call say,soak: $(or $(HOURS),24) hours of simulated time$(COMMA) 100 VPCPeerings and 10 PeeredClusters)
	@SOAK_HOURS=$(or $(HOURS),24) go test -count=1 -timeout=4h -run='^TestSoak' -v $(TESTFLAGS) $(SOAKS) | \
		awk '{print} /^--- PASS: TestSoak/ {ran++} END {if (ran < $(words $(SOAKS))) {print ran + 0, "of $(words $(SOAKS)) soaks passed"; exit 1}}'

.PHONY: mutation
mutation: ## Change the pure packages in small ways and see that their tests notice; PACKAGES=./internal/cidr for one, SAMPLE=250 for some
	$(call say,mutation: $(if $(SAMPLE),$(SAMPLE) small changes chosen by seed $(MUTATION_SEED),every small change) of the pure packages)
	@hack/gorun.sh ./hack/mutation $(if $(SAMPLE),-sample=$(SAMPLE) -seed=$(MUTATION_SEED)) $(if $(RUN),-run='$(RUN)') $(filter-out ./...,$(PACKAGES))

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME; KEEP=20 keeps the shortest inputs that reached new code
	$(call say,fuzz: each target for $(FUZZTIME))
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: deflake
deflake: ## Repeat the tests of PACKAGES until one fails, TIMES at most; RUN=TestName for one
	@[ "$(PACKAGES)" != ./... ] || { echo 'name what to repeat: make deflake PACKAGES=./internal/peering [RUN=TestName] [TIMES=100]' >&2; exit 1; }
	$(call say,repeat the tests of $(PACKAGES) until one fails; $(TIMES) times at most)
	@$(GO_TEST) -failfast -count=$(TIMES) -timeout=0 $(if $(RUN),-run='$(RUN)') $(TESTFLAGS) $(PACKAGES)

.PHONY: conformance
conformance: ## The conformance suite against TARGET=awssim|moto|URL; the open questions with TARGET=aws
	$(call say,conformance of $(TARGET))
	@CONFORMANCE_TARGET=$(TARGET) $(GO_TEST) -count=1 -v $(TESTFLAGS) ./test/conformance

.PHONY: e2e-moto
e2e-moto: controlplane ## The AWS half against moto (needs moto_server: pip install 'moto[server]')
	$(call say,e2e: the AWS half against moto)
	@command -v moto_server >/dev/null || { echo "moto_server is missing: pip install 'moto[server]'" >&2; exit 1; }
	@E2E_AWS=moto go test -count=1 -timeout=20m -v $(TESTFLAGS) ./test/moto

.PHONY: e2e-karpenter
e2e-karpenter: controlplane authenticator karpenter ## Karpenter's own controllers replace the nodes of their NodePools
	$(call say,e2e: Karpenter's own controllers)
	@E2E_KARPENTER=1 go test -count=1 -v -timeout=30m -run=TestKarpenter $(TESTFLAGS) ./test/e2e

.PHONY: e2e-argocd
e2e-argocd: controlplane authenticator argocd ## Argo CD's own controllers bring the operator and all objects, and take them away
	$(call say,e2e: the real Argo CD)
	@E2E_ARGOCD=1 go test -count=1 -v -timeout=30m -run=TestArgoCD $(TESTFLAGS) ./test/e2e

.PHONY: bench
bench: controlplane authenticator argocd ## Measure calls, times and memory against the targets; writes docs/figures.json and figures.svg
	$(call say,bench: all parts take an hour and more; targets are held exactly)
	@TESTFLAGS="$(TESTFLAGS)" hack/bench.sh

.PHONY: scale
scale: controlplane authenticator ## Up to 1,000 peerings, 100 clusters and 500 nodes, a run after the other; most of an hour
	$(call say,scale: runs of minutes$(COMMA) each with both cores)
	@E2E_SCALE=1 go test -count=1 -v -timeout=120m -run='$(or $(RUN),^TestScale)' $(TESTFLAGS) ./test/e2e

.PHONY: controlplane
controlplane: ## Build etcd, kube-apiserver & co. from Go modules, once, into the cache
	$(call say,control planes: programs from KUBEBUILDER_ASSETS or the cache; else built: 6 minutes or more)
	@hack/gorun.sh ./test/controlplane/cmd/controlplane -build-only

.PHONY: karpenter
karpenter: ## Build Karpenter's own controllers from Go modules, once, into the cache
	$(call say,Karpenter: from CROSSVPC_KARPENTER or the cache; else built: 4 minutes or more)
	@hack/gorun.sh ./test/karpenter/cmd/karpenter

.PHONY: argocd
argocd: ## Build Argo CD's controller and repo server, and Helm, from Go modules, once, into the cache
	$(call say,Argo CD and Helm: from CROSSVPC_ARGOCD and CROSSVPC_HELM or the cache; else built: 6 minutes or more)
	@go run ./test/argocd/cmd/argocd

.PHONY: authenticator
authenticator: ## Build aws-iam-authenticator, which EKS runs, from Go modules, once, into the cache
	$(call say,authenticator: from CROSSVPC_AUTHENTICATOR or the cache; else built: 2 minutes or more)
	@hack/gorun.sh ./test/authenticator/cmd/authenticator

##@ Develop

.PHONY: generate
generate: ## Make deepcopy functions, CRDs, RBAC and docs from the Go sources
	$(call say,generate: deepcopy functions)
	@$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...
	$(call say,generate: CRDs in config/crd/bases)
	@$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(call say,generate: the manager's RBAC in config/rbac/role.yaml)
	@$(CONTROLLER_GEN) rbac:roleName=crossvpc-manager paths='{./cmd/...,./internal/...}' output:rbac:dir=config/rbac
	$(call say,generate: the policy of both sides in config/iam/both.json)
	@go run ./hack/iam
	$(call say,generate: AWS's partitions and regions in internal/partition/table.go)
	@go run ./hack/partitions
	$(call say,generate: the table of reasons in docs/reasons.md)
	@go run ./hack/reasons
	$(call say,generate: the table of checks in docs/checks.md)
	@go run ./hack/checks
	$(call say,generate: the versions of Cilium in docs/cilium-versions.md)
	@go run ./hack/ciliumversions
	$(call say,generate: the reference of all fields in docs/api.md)
	@hack/apidocs.sh
	$(call say,generate: the table of metrics in docs/metrics.md)
	@go run ./hack/metrics
	$(call say,generate: health and actions for Argo CD in config/argocd/argocd-cm.yaml)
	@go run ./hack/argocd
	$(call say,generate: CRDs$(COMMA) RBAC and README of the chart in charts/crossvpc)
	@go run ./hack/chart
	@$(HELM_DOCS) --chart-search-root=charts --log-level=warning

.PHONY: verify
verify: ## Check that the generated files are up to date
	$(call say,verify: generated files)
	@hack/verify-generated.sh

.PHONY: lint
lint: ## Run golangci-lint, and find functions that no program calls
	$(call say,lint: functions that no program calls)
	@hack/deadcode.sh "$(TOOL) deadcode"
	$(call say,lint)
	@hack/lint.sh $(PACKAGES)

.PHONY: fmt
fmt: ## Format the sources
	$(call say,format)
	@$(GOLANGCI_LINT) fmt ./...

.PHONY: run
run: install ## Run the manager from source against the current kubeconfig; ARGS=--help lists its flags
	@$(KUBECTL) get namespace crossvpc-system >/dev/null 2>&1 || $(KUBECTL) create namespace crossvpc-system
	$(call say,run the manager against the cluster $$($(KUBECTL) config current-context))
	@go run ./cmd --namespace=crossvpc-system $(ARGS)

.PHONY: build
build: ## Build bin/manager, stripped; VERSION=v1.2.3 names it
	$(call say,build bin/manager)
	@CGO_ENABLED=0 go build -trimpath -ldflags='$(LDFLAGS)' -o bin/manager ./cmd
	@ls -l bin/manager | awk '{printf "    %.1f MB\n", $$5 / 1e6}'

.PHONY: plugin
plugin: ## Build bin/kubectl-crossvpc, the plugin of kubectl
	$(call say,build bin/kubectl-crossvpc)
	@CGO_ENABLED=0 go build -trimpath -ldflags='$(LDFLAGS)' -o bin/kubectl-crossvpc ./cmd/kubectl-crossvpc

##@ Deploy

.PHONY: install
install: ## Install the CRDs into the cluster of the current kubeconfig
	$(call say,install the CRDs)
	@$(KUSTOMIZE) build config/crd | $(KUBECTL) apply --server-side --force-conflicts -f -

.PHONY: uninstall
uninstall: ## Remove the CRDs, once no object of theirs is left
	@hack/left.sh "$(KUBECTL)" any
	$(call say,remove the CRDs)
	@$(KUSTOMIZE) build config/crd | $(KUBECTL) delete --ignore-not-found -f -

.PHONY: deploy
deploy: install ## Install everything, with image IMG
	$(call say,deploy$(if $(IMG), with image $(IMG)))
	@$(KUSTOMIZE) build config/default | $(SET_IMG) | $(KUBECTL) apply --server-side --force-conflicts -f -

.PHONY: undeploy
undeploy: ## Remove everything that deploy installed, once the manager has nothing left to remove
	@hack/left.sh "$(KUBECTL)" held
	$(call say,remove what deploy installed)
	@$(KUSTOMIZE) build config/default | $(KUBECTL) delete --ignore-not-found -f -

.PHONY: build-installer
build-installer: ## Write dist/install.yaml: everything in one file, with image IMG
	$(call say,write dist/install.yaml$(if $(IMG), with image $(IMG)))
	@mkdir -p dist
	@$(KUSTOMIZE) build config/install | $(SET_IMG) > dist/install.yaml

##@ Release

.PHONY: binaries
binaries: ## Build the binaries of all platforms into dist/bin
	@VERSION="$(VERSION)" PLATFORMS="$(PLATFORMS)" PLUGIN_PLATFORMS="$(PLUGIN_PLATFORMS)" hack/binaries.sh dist/bin

.PHONY: reproducible
reproducible: ## Build the binaries twice, from other folders and empty caches, and compare them
	$(call say,reproducible: the binaries are built twice from nothing: 10 minutes or more)
	@VERSION="$(VERSION)" PLATFORMS="$(PLATFORMS)" PLUGIN_PLATFORMS="$(PLUGIN_PLATFORMS)" hack/reproducible.sh

.PHONY: image
image: ## Build the image of all platforms as an OCI layout in dist/image; no Docker needed; PUSH=ref pushes it
	@$(MAKE) binaries PLUGIN_PLATFORMS=
	$(call say,image on $(or $(BASE_IMAGE),scratch))
	@cd tools/release && go run ./image -binaries=$(CURDIR)/dist/bin -out=$(CURDIR)/dist/image -platforms=$(PLATFORMS) \
		-base=$(BASE_IMAGE) -version=$(or $(VERSION),dev) -revision=$$(git rev-parse HEAD 2>/dev/null || true) \
		$(if $(PUSH),-push=$(PUSH) -strict)

.PHONY: release
release: ## Make all that a release publishes, in dist/: VERSION=v1.2.3
	@BASE_IMAGE="$(BASE_IMAGE)" PLATFORMS="$(PLATFORMS)" PLUGIN_PLATFORMS="$(PLUGIN_PLATFORMS)" PUSH="$(PUSH)" hack/release.sh "$(VERSION)"

.PHONY: audit
audit: ## Known vulnerabilities (govulncheck) and unsafe code (gosec); GOVULNDB=folder has the database without internet
	@GOVULNDB="$(GOVULNDB)" hack/audit.sh

.PHONY: terraform
terraform: ## Validate the Terraform of config/, and plan beside crossvpc; TERRAFORM_MIRROR=folder has the aws provider
	$(call say,terraform validate)
	@hack/terraform.sh
