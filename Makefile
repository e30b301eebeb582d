# The commands of a checkout. Everything else is ./sepp --help.
PLATFORM ?= local/demo
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: up down test large small check unit roles cloud cluster integration browser long bench locks docs

up: ## the platform local/demo, with all that it needs
	./sepp doctor --fix $(PLATFORM)
	./sepp up --yes $(PLATFORM)

down: ## takes the platform away; data stays
	./sepp destroy --yes $(PLATFORM)

test: .venv/dev ## what CI proves, beside each other where that disturbs nobody
	$(MAKE) --jobs 3 --output-sync=target large check unit
	$(MAKE) --jobs 2 --output-sync=target roles small
	$(MAKE) --jobs 2 --output-sync=target integration cluster cloud
	$(MAKE) browser

large: .venv/dev ## programs and large images that tests need, where the cache lacks them: podman writes no others meanwhile
	.venv/bin/python -m tests.built large

small: .venv/dev ## the other images
	.venv/bin/python -m tests.built small

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

integration: .venv/dev ## a platform of the tests' own: rights and faults
	.venv/bin/pytest -m "not long" tests/integration

browser: .venv/dev ## the same in a browser, which loads no page to its end where networks come and go
	.venv/bin/pytest tests/browser

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
