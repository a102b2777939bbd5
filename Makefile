# The commands of a working day. `make` alone lists them.

# One set of features for clippy and tests, so that nothing is built twice.
SCOPE := --workspace --all-features
TELLTALE := cargo run --release --bin telltale --

.DEFAULT_GOAL := help
.PHONY: help run test lint lambda lambda-ci bench bench-detection migrate replay evaluate clean-local

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## migrate, seed and serve, with a private PostgreSQL (PORT, TELLTALE_ADMIN_KEY, ARGS=--no-seed)
	@local/tools rust
	@local/postgres with run $(TELLTALE) run $(ARGS)

test: lint ## lint, then run every test against a private PostgreSQL
	@if cargo nextest --version >/dev/null 2>&1; \
	then local/postgres with test cargo nextest run $(SCOPE); \
	else local/postgres with test cargo test $(SCOPE); fi

lint: ## check the format, the migrations and the code
	@local/tools
	@cargo fmt --all --check
	@local/tools squawk migrations/V*.sql
	@cargo clippy $(SCOPE) --all-targets --quiet -- -D warnings

lambda: ## build every function as deployed, drive each binary through a Runtime API, print size, start and memory
	@local/tools
	@local/postgres with test local/lambda

lambda-ci: ## the same of ingest, alerts and retrain without link-time optimisation
	@local/tools
	@local/postgres with test local/lambda ci

bench: ## print the ratios of docs/PERFORMANCE.md: long histories, a hot account, a busy counterparty
	@local/tools rust
	@local/postgres with test cargo test --release -p ingest --test shape -- --nocapture --test-threads 1

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

clean-local: ## stop the private PostgreSQL and remove .local, with the data in it
	@local/postgres remove run
	@local/postgres remove test
	@rm -rf .local
