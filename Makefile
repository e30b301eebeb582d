# The commands of a checkout. Everything else is ./sepp --help.
PLATFORM ?= local/demo
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: up down test built check unit roles cloud cluster integration long bench locks docs

up: ## the platform local/demo, with all that it needs
	./sepp doctor --fix $(PLATFORM)
	./sepp up --yes $(PLATFORM)

down: ## takes the platform away; data stays
	./sepp destroy --yes $(PLATFORM)

test: .venv/dev ## what CI proves
	$(MAKE) --jobs 2 --output-sync=target built check unit
	$(MAKE) roles cloud cluster integration

built: .venv/dev ## images and programs that tests need, where the cache lacks them
	.venv/bin/python -m tests.built

check: .venv/dev ## linters, types, generated files, secrets
	.ci/check

unit: .venv/dev ## tests without hosts
	.venv/bin/pytest -n 2 --dist worksteal tests/infra tests/unit tests/bad

roles: .venv/dev ## each role alone, by molecule
	.venv/bin/pytest -n 2 --dist worksteal tests/molecule

cloud: .venv/dev ## what the kit says to OpenStack's own services, and what they answer
	.venv/bin/pytest -m "not long" tests/openstack

cluster: .venv/dev ## what a platform on Kubernetes registers, judged by a real API server, and Planck's on a real node
	.venv/bin/pytest -m "not long" tests/kubernetes

integration: .venv/dev ## a platform of the tests' own: rights, faults, browser
	.venv/bin/pytest -m "not long" tests/integration tests/browser

long: .venv/dev ## what takes minutes that CI does not have: before a release
	.venv/bin/pytest -m long tests/openstack tests/kubernetes tests/integration

bench: .venv/dev ## the figures of docs/performance.md
	.venv/bin/python -m tests.bench

COMPILE = uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url
OF_HOSTS = roles/hub/files/locks

locks: ## the hashed locks: the kit's own from pyproject.toml, those of users' environments from their .in files
	$(COMPILE) --universal --python-version 3.11 --no-header pyproject.toml --output-file requirements/sepp.lock
	$(COMPILE) --universal --python-version 3.11 --no-header pyproject.toml --extra dev --output-file requirements/dev.lock
	for name in hub lab npm python uv; do \
	  $(COMPILE) --python-version 3.13 --python-platform linux --custom-compile-command "make locks" \
	    $(OF_HOSTS)/$$name.in --output-file $(OF_HOSTS)/$$name.lock; \
	done

docs: .venv/dev ## the generated pages of docs/
	.ci/generate

.venv/dev: requirements/dev.lock
	SEPP_LOCK=dev ./sepp --version
	touch $@
