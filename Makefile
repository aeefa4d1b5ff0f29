# What people run; `make help` lists it. Everything lives in .venv/ and var/.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo demo-stop demo-status demo-manage demo-logs test test-full check format app migrations lock bench scan redis-check clean \
	load-tools node-tools load-baseline load-stress load-spike

BIN := .venv/bin
# One more than the two cores of CI: tests wait for servers, browsers and Terraform half of the time.
WORKERS ?= 3
# Static checks read the settings, and the settings refuse to be without these; none is used.
CHECK := SECRET_KEY=checks-sign-nothing-with-this-key-at-all-0123456789 SECURE=false \
	DATABASE_URL=postgres://iac_app:none@127.0.0.1:1/none
find_python = python="$$(sh scripts/find_python.sh)" || exit 1

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Create .venv with everything that development needs
	@$(find_python); "$$python" -m deployment.local.virtualenv requirements-dev.txt

demo: ## Start a whole platform with a worked example (PORT=8000)
	@$(find_python); "$$python" -m deployment.local.demo start

demo-stop: ## Stop what `make demo` started, and nothing else
	@$(find_python); "$$python" -m deployment.local.demo stop

demo-status: ## Say which parts of the demo run
	@$(find_python); "$$python" -m deployment.local.demo status

demo-manage: ## Run a command of manage.py on the demo (DO="verify_audit --all")
	@$(find_python); "$$python" -m deployment.local.demo manage $(DO)

demo-logs: ## Follow the demo's logs
	@tail -n 20 -F var/log/*.log

test: install load-tools ## Install what the tests need, run all tests and check everything beside them
	@$(BIN)/python scripts/install_system_packages.py
	@$(BIN)/python scripts/install_node_packages.py
	@said=$$(mktemp); trap 'rm -f $$said' EXIT; \
	$(MAKE) --no-print-directory check > $$said 2>&1 & checks=$$!; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal; tests=$$?; \
	wait $$checks; checks=$$?; echo; echo "make check, which ran beside the tests:"; cat $$said; \
	echo "make check: $$checks, tests: $$tests"; [ $$checks -eq 0 ] && [ $$tests -eq 0 ]

test-full: export FULL_MATRIX := 1
test-full: test ## The same with nothing sampled: every role, variant and example (an hour and more)

check: install ## Format, lint, types, imports, migrations, API document, permissions: what CI insists on
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(CHECK) $(BIN)/mypy .
	$(BIN)/lint-imports
	$(CHECK) $(BIN)/python -W "ignore:Got an error checking" manage.py makemigrations --check --dry-run
	$(CHECK) $(BIN)/python manage.py check_migrations
	$(CHECK) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(CHECK) $(BIN)/python manage.py permission_reference --check
	$(CHECK) $(BIN)/python manage.py cloud_limits --check

format: install ## Format the code and fix what the linter can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

app: install ## Write a small app that works, with its migration and tests (NAME=notes)
	@$(BIN)/python scripts/new_app.py $(NAME) $(if $(MODEL),--model $(MODEL))
	@$(MAKE) --no-print-directory migrations APP=$(NAME)
	@$(BIN)/python scripts/new_app.py $(NAME) $(if $(MODEL),--model $(MODEL)) --isolate
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet .
	@$(CHECK) $(BIN)/python manage.py permission_reference
	@echo "What comes next: docs/how-to/add-an-app.md"

migrations: install ## Write the migrations that changed models need (APP=catalog)
	$(CHECK) $(BIN)/python -W "ignore:Got an error checking" manage.py makemigrations $(APP)
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

lock: install ## Compile the pinned requirements from pyproject.toml
	$(BIN)/uv pip compile $(LOCK) -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) --group demo -c requirements.txt -o requirements-demo.txt
	$(BIN)/uv pip compile $(LOCK) --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK:pyproject.toml=) --group load -c requirements-dev.txt -o requirements-load.txt
LOCK := --quiet --universal --python-version 3.11 --no-header --no-annotate pyproject.toml

bench: install ## Measure requests and tenants at scale beside stock django-tenants (15 to 25 minutes)
	@$(BIN)/python scripts/bench_requests.py $(REQUESTS)
	@$(BIN)/python scripts/bench_scale.py $(BENCH)

scan: install ## Have Trivy look at the code of the worked blueprints
	@$(CHECK) $(BIN)/python scripts/scan_examples.py

redis-check: ## Check and measure a Redis or Valkey (REDIS_URL=redis://… or CONTAINER=name)
	@tests/redis/basic-operations.sh
	@tests/redis/performance-benchmark.sh $(BENCH)

load-tools: ## Install locust, in an environment of its own, for the load tests
	@$(find_python); "$$python" -m deployment.local.virtualenv requirements-load.txt --into .venv-load

node-tools: install ## Install the OpenID Connect provider of the tests, with npm
	@$(BIN)/python scripts/install_node_packages.py

load-baseline: ## Load test with 100 users for 5 minutes (SHORT=1 for a short one)
load-stress: ## Load test with 1,000 users for 10 minutes (URL= ACCOUNTS= of a running platform)
load-spike: ## Load test with 10,000 users for 15 minutes (USERS= SECONDS= LOGIN= SEED=)
load-baseline load-stress load-spike: install load-tools
	@$(BIN)/python -m tests.load.run $(@:load-%=%) $(LOAD) && $(BIN)/python scripts/analyze-load-tests.py
LOAD = $(if $(SHORT),--short) $(if $(USERS),--users $(USERS)) $(if $(SECONDS),--seconds $(SECONDS)) \
	$(if $(LOGIN),--login $(LOGIN)) $(if $(SEED),--seed $(SEED)) \
	$(if $(URL),--url $(URL) --accounts $(ACCOUNTS))

clean: ## Stop the demo and remove everything that was made, its data included
	@$(find_python); "$$python" -m deployment.local.demo remove
	rm -rf .venv .venv-load .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles
