# The commands of a working day. `make` alone lists them.

# One set of features for clippy and tests, so that nothing is built twice.
SCOPE := --workspace --all-features
TELLTALE := cargo run --release --bin telltale --

RUNNER = $(if $(shell cargo nextest --version 2>/dev/null),cargo nextest run,cargo test)
# What of the end-to-end tests goes through PgBouncer each time: ingestion, and each function's binary.
POOLED := --test ingest --test lambda --test round_trips
# The end-to-end tests: every test target of every function.
FRONT_DOORS := $(addprefix --test ,$(sort $(basename $(notdir $(wildcard functions/*/tests/*.rs))) \
  $(notdir $(patsubst %/main.rs,%,$(wildcard functions/*/tests/*/main.rs)))))

.DEFAULT_GOAL := help
.PHONY: help run test test-pooled lint template template-lint lambda lambda-ci conform conform-ci bench bench-detection migrate replay evaluate costs clean-local

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## migrate, seed and serve, with a private PostgreSQL (PORT, TELLTALE_ADMIN_KEY, ARGS=--no-seed)
	@local/tools rust
	@local/postgres with run $(TELLTALE) run $(ARGS)

test: lint ## lint, then run every test against a private PostgreSQL, some of them through PgBouncer too
	@local/postgres with test $(RUNNER) $(SCOPE)
	@local/postgres with test local/pooler with $(RUNNER) $(SCOPE) $(POOLED)

test-pooled: ## run the end-to-end tests through PgBouncer in transaction mode, two connections a database
	@local/tools
	@local/postgres with test local/pooler with $(RUNNER) $(SCOPE) $(FRONT_DOORS)

lint: ## check the format, the migrations and the code
	@local/tools
	@cargo fmt --all --check
	@local/tools squawk migrations/V*.sql
	@cargo clippy $(SCOPE) --all-targets --quiet -- -D warnings

template: template-lint ## prove template.yaml and the workflows: linters, our own tests, sam build of every function
	@local/postgres with test cargo test -p local --all-features --test template
	@local/template build $(FUNCTIONS)

template-lint: ## the linters of that: sam validate, cfn-lint, checkov, actionlint
	@local/template lint

lambda: ## build every function as deployed, drive each binary through a Runtime API, print size, start and memory
	@local/tools
	@local/postgres with test local/lambda

lambda-ci: ## the same of ingest, alerts and retrain, not optimised
	@local/tools
	@local/postgres with test local/lambda ci

conform: ## hold a running server to the description of its API: Schemathesis, 5,000 cases and more
	@local/tools
	@local/postgres with test local/conform 60

conform-ci: ## the same in short
	@local/tools
	@local/postgres with test local/conform 3

bench: ## print the ratios of docs/PERFORMANCE.md: long histories, a hot account, a busy counterparty, the queue and a context at a million rows
	@local/tools rust
	@local/postgres with test cargo test --release -p ingest --test shape -- --nocapture --test-threads 1
	@local/postgres with test cargo test --release -p alerts --test scale -- --nocapture --test-threads 1

bench-detection: ## print what a transaction costs detection, stage by stage (STAGE=composite for one); no database
	@local/tools rust
	@cargo bench -p shared --bench detection -- --verbose --noplot $(STAGE)

migrate: ## bring the schema of the private PostgreSQL up to date
	@local/tools rust
	@local/postgres with run $(TELLTALE) migrate

replay: ## post a labelled file to a running server: make replay DATA=FILE ARGS="--mapping handbook --from DATE --to DATE"
	@test -n "$(DATA)" || { echo "replay: name the file, as in make replay DATA=transactions.csv.gz" >&2; exit 2; }
	@local/tools rust
	@$(TELLTALE) replay --data "$(DATA)" $(ARGS)

evaluate: ## judge the engine over a labelled file, no server: make evaluate DATA=FILE ARGS="--mapping handbook --train-from DATE ..."
	@test -n "$(DATA)" || { echo "evaluate: name the file, as in make evaluate DATA=transactions.csv.gz" >&2; exit 2; }
	@local/tools rust
	@$(TELLTALE) evaluate --data "$(DATA)" $(ARGS)

costs: ## write docs/COSTS.md from docs/costs, with the newer figures of make lambda where they are there
	@local/tools rust
	@$(TELLTALE) costs

clean-local: ## stop the private PostgreSQL and remove .local, with the data in it
	@local/postgres remove run
	@local/postgres remove test
	@rm -rf .local
