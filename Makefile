# Hikyaku. `make` alone shows what there is.
SHELL := /bin/bash
PY := .venv/bin/python
# With STACK=trixie, tests and chaos run in a container with the RabbitMQ, PostgreSQL and Python of that Debian.
INSIDE := $(if $(STACK),infra/deploy/debian/stack $(STACK))

.DEFAULT_GOAL := help
.PHONY: help run stop test lint format tools domain generate lock wheel bench docker-up docker-down clean docker-images bench-curves

help: ## Show the available commands
	@awk 'BEGIN {FS = ":.*## "; printf "Usage: make \033[36m<command>\033[0m\n"} \
	      /^##@ / {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
	      /^[a-zA-Z_-]+:.*## / {printf "  \033[36m%-13s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use
run: ## Start everything and stay; Ctrl-C stops it (A="--split" for one process per domain)
	@requirements/install run
	@exec .venv/bin/hikyaku up $(A)

stop: ## Stop what `make run` started, from another terminal
	@requirements/install run
	@.venv/bin/hikyaku down

##@ Develop
test: ## Run the tests; T=tests/order for some, A="-k name" for pytest's options, STACK=trixie on that Debian's servers
	@$(INSIDE) requirements/install dev
	@$(INSIDE) $(PY) -m pytest $(T) $(A)

lint: ## Check style, types and import rules
	@requirements/install dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo

format: ## Put imports and layout in order
	@requirements/install dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

tools: ## Install the developer's tools into .venv and say their versions
	@requirements/install dev
	@$(PY) -m ruff --version && $(PY) -m mypy --version && $(PY) -m pytest --version && $(PY) -m pip show import-linter | head -2

domain: ## Make a new domain that passes the checks: NAME=loyalty
	@[ -n "$(NAME)" ] || { echo "Which one? For example: make domain NAME=loyalty"; exit 2; }
	@requirements/install dev
	@.venv/bin/hikyaku domain "$(NAME)"

generate: ## Write again what is generated: message schemas, OpenAPI, AsyncAPI, the requirement map
	@requirements/install dev
	@.venv/bin/hikyaku generate

lock: ## Pin the dependencies of pyproject.toml again, with hashes (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --quiet --output-file requirements/run.txt
	uv pip compile pyproject.toml --extra dev --constraint requirements/run.txt --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet \
	    --output-file requirements/dev.txt
	uv pip compile pyproject.toml --extra bench --constraint requirements/dev.txt --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate --quiet \
	    --output-file requirements/bench.txt

wheel: ## Build the contracts as a wheel of their own into dist/, for producers outside; asks nobody
	@requirements/install dev
	@mkdir -p dist && $(PY) -m flit_core.wheel requirements/contracts --outdir dist

bench: ## Measure throughput and latency on this machine, and other libraries beside (A="order query" for some)
	@requirements/install bench
	@.venv/bin/hikyaku bench $(A)

bench-curves: ## Measure how costs grow and draw docs/performance/*.svg anew (A="batch rate" for some)
	@requirements/install bench
	@$(PY) -m infra.bench.curves $(A)

simulate: ## Run the kernel through seeded schedules of faults (SCHEDULES=10000 SEED=1, A=--mutants, A=--help)
	@requirements/install dev
	@$(PY) -m tests.simulation --schedules $(or $(SCHEDULES),1000) --seed $(or $(SEED),1) $(A)

chaos: ## Hurt a shop under load, row by row of the fault matrix (A="B1 D4 --seed 7", A=--list; STACK=trixie)
	@$(INSIDE) requirements/install dev
	@$(INSIDE) $(PY) -m tests.chaos $(A)

##@ Containers
docker-up: ## Start RabbitMQ, PostgreSQL and Hikyaku in containers (A="--profile watch": Prometheus and Grafana too)
	@infra/deploy/compose $(A) up --build --detach --wait

docker-down: ## Stop the containers and keep their data (A=--volumes removes it)
	@infra/deploy/compose --profile watch down $(A)

docker-images: ## Make the images of Debian's packages, where no registry is reached; prints the settings that name them
	@infra/deploy/debian/images

##@ House
clean: ## Stop the private services and remove .venv, .local and every cache
	@if [ -x .venv/bin/hikyaku ]; then .venv/bin/hikyaku down --services && .venv/bin/hikyaku services wipe --yes; fi
	@rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean."
