# The same commands here and in CI. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run demo-region kafka test faults letters fuzz lint fmt bench bench-peers lock avro-peer jars referee browser prometheus watching dashboards dashboards-live dashboards-pictures image-check k8s-check clean

BIN := .venv/bin
UV := $(BIN)/uv
# Python for .venv; the first of these that is 3.11 or newer and can make an environment.
PYTHONS := python3 python3.11 python3.12 python3.13
STAMP := .venv/.setup-done
PEER_STAMP := .venv-avro-peer/.setup-done
JARS_STAMP := .venv/.jars-done
REFEREE_STAMP := .venv/.referee-done
BENCH_STAMP := .venv-bench-quix/.setup-done

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## .venv with the locked dependencies and seintje itself

.venv/bin/python:
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Python for .venv: $$($$python --version)"; \
			exec $$python -m venv .venv; \
		fi; \
	done; \
	echo 'Seintje needs Python 3.11 or newer with the venv module: none of "$(PYTHONS)" is.' >&2; \
	echo 'Install one (Debian: apt install python3 python3-venv) or say which: make setup PYTHONS=/path/to/python3.11' >&2; \
	exit 1

# uv installs in 4 s what takes pip 25. Where uv cannot reach an index that pip can (a mirror known
# to pip only), pip does it: the same lock, the same hashes.
$(STAMP): pyproject.toml requirements/dev.txt requirements/uv.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt \
		|| { echo 'uv could not install the lock; once more with pip'; \
		     $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## the whole hub with a simulated region
	@$(BIN)/seintje demo

demo-region: setup ## three months of a made-up region through every connector, and a check at its end
	@$(BIN)/python -m tests.region

kafka: setup jars ## one Kafka broker on 127.0.0.1:9092 in the foreground (KAFKA_PORT=… for another port)
	@exec $(BIN)/python -m tests.kafka .kafka

test: setup avro-peer jars referee browser prometheus ## all tests, the fast ones first
	@$(BIN)/python -m pytest -n 2

faults: setup jars ## kill -9 fifty times, freeze five times, also on Kafka (KILLS=…, FREEZES=…, SEED=… for others)
	@$(BIN)/python -m pytest tests/faults --durations=0 --durations-min=5 \
		--kills $(or $(KILLS),50) --freezes $(or $(FREEZES),5) --kill-seed $(or $(SEED),1)

letters: setup jars ## thousands of dead letters redriven, killed meanwhile, also on Kafka (LETTERS=…, SEED=… for others)
	@LETTERS=$(or $(LETTERS),5000) $(BIN)/python -m pytest tests/letters/test_killed.py --durations=0
	@LETTERS=$(or $(LETTERS),600) $(BIN)/python -m pytest tests/letters/test_on_kafka.py --durations=0

fuzz: setup ## schemathesis against a real gateway, every check, links too (EXAMPLES=… a call)
	@$(BIN)/python -m tests.gateway.fuzzing $(or $(EXAMPLES),250)

lint: setup ## ruff, formatting, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: setup ## format and repair what ruff can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: setup jars bench-peers ## figures, with the machine they were measured on
	@$(BIN)/python -m bench

bench-peers: $(BENCH_STAMP) ## what `python -m bench three_rules` measures the hub against

# A lock of its own, so an environment of its own; the job for Kafka Streams is compiled into it.
$(BENCH_STAMP): requirements/bench-quix.txt requirements/jars.toml bench/peers/ThreeRules.java | $(STAMP)
	@$(BIN)/python -m venv .venv-bench-quix
	@$(UV) pip sync --quiet --python .venv-bench-quix/bin/python --require-hashes requirements/bench-quix.txt \
		|| .venv-bench-quix/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench-quix.txt
	@$(BIN)/python -m bench.peers.java .venv-bench-quix/java
	@touch $@

# UPGRADE=--upgrade takes newer versions; without it only what pyproject.toml asks for changes.
COMPILE := UV_CUSTOM_COMPILE_COMMAND='make lock' $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links $(UPGRADE)
lock: setup ## write requirements/ anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@$(COMPILE) pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) requirements/avro-peer.in -o requirements/avro-peer.txt
	@$(COMPILE) requirements/bench-quix.in -o requirements/bench-quix.txt
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) requirements/image.in -c requirements/dev.txt -o requirements/image.txt
	@$(BIN)/python -m tests.kafka.lock_jars

avro-peer: $(PEER_STAMP) ## .venv-avro-peer with avro-python3, which cannot share an environment with avro

$(PEER_STAMP): requirements/avro-peer.txt | $(STAMP)
	@$(BIN)/python -m venv .venv-avro-peer
	@.venv-avro-peer/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/avro-peer.txt
	@touch $@

# They are kept outside, for all clones of one user: SEINTJE_JARS, or ~/.cache/seintje/jars.
jars: $(JARS_STAMP) ## the Java archives that tests run, as locked

$(JARS_STAMP): requirements/jars.toml requirements/dev.txt | $(STAMP)
	@$(BIN)/python -m tests.kafka.prepare
	@touch $@

# Where npm cannot fetch it, its test says so and is skipped: everything else goes on.
referee: $(REFEREE_STAMP) ## the parser of the AsyncAPI Initiative, as locked

$(REFEREE_STAMP): tests/asyncapi/node/package-lock.json requirements/dev.txt | $(STAMP)
	@$(BIN)/python -m tests.asyncapi.prepare
	@touch $@

# Without one the tests of pages are skipped, and say so; everything else is tested all the same.
browser: setup ## a Chromium for the tests of pages: SEINTJE_CHROMIUM, one on the path, or (as root) apt-get
	@$(BIN)/python -m tests.browser.prepare

# Without them the tests of rules are skipped, and say so.
prometheus: setup ## Prometheus and Alertmanager for the tests of rules: on the path, or (as root) apt-get
	@$(BIN)/python -m tests.prometheus.prepare

watching: setup jars prometheus ## a real Prometheus and Alertmanager watch hubs under load while faults are injected
	@$(BIN)/python -m pytest tests/watching --long --durations=0 --durations-min=5

dashboards: setup ## write deploy/grafana/dashboards anew from their code
	@$(BIN)/python -m deploy.grafana

dashboards-live: setup jars prometheus ## every query of every dashboard to a Prometheus that scrapes hubs under load, also on Kafka
	@$(BIN)/python -m pytest tests/grafana --long --durations=0 --durations-min=5

dashboards-pictures: setup jars prometheus ## draw docs/dashboards anew, with what a hub on Kafka shows
	@$(BIN)/python -m tests.grafana

# Two minutes, and what the locks name comes from the index: not in CI either.
image-check: setup ## does what the Containerfile says, without a builder, and starts what came of it
	@$(BIN)/python -m tests.k8s.image

# Not in CI: it needs etcd, Go and five minutes once. What it said stands in deploy/k8s/README.md.
k8s-check: setup ## what a real API server says of the manifests (builds one once: 5 minutes, 5 GB of caches)
	@$(BIN)/python -m tests.k8s

clean: ## remove environments, caches and the data of make kafka
	rm -rf tests/asyncapi/node/node_modules .venv .venv-avro-peer .venv-bench-quix .kafka .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
