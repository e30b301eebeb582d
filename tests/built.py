"""Makes what tests need and the cache keeps: `make large` and `make small`, beside tests that need none of it.

Podman, while it writes an image of some GB, lets all others wait, of which Ansible gives its hosts up. So large images
are made while no host runs.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sepp.catalogue.hub import HUB
from sepp.cli.common import deployment_of
from sepp.engine.paths import MISSIONS
from sepp.targets.kubernetes import bakery, images, names
from sepp.targets.local.images import ensure_image
from sepp.targets.openstack.bakery import ensure_image_file
from tests.kubernetes.node import ensure_node_image
from tests.kubernetes.programs import program
from tests.openstack.servers import ensure_server_image
from tests.openstack.stand_in import ensure_cloud_image

MISSION = "planck"
"""Whose platforms the tests deploy."""
LOCAL = deployment_of("local/demo")
IN_CLUSTER = deployment_of("kubernetes/example")
RECIPES = [
    images.recipe(IN_CLUSTER, MISSIONS, area, service)
    for area in ("core", MISSION)
    for service in names.services(IN_CLUSTER, area)
]
STORAGE = ("base", "storage", "volumes")
"""The roles of the server whose disk is made and booted."""


def _programs() -> None:
    for name in ("etcd", "kube-apiserver", "containerd", "coredns"):
        program(name)


def _hosts() -> None:
    for services in sorted({host.services for host in LOCAL.hosts}):
        ensure_image(services, print)


def _hub() -> None:
    for recipe in RECIPES:
        if (recipe.service, recipe.mission) == (HUB.name, MISSION):
            bakery.ensure_root(recipe, print)


def _containers() -> None:
    for recipe in RECIPES:
        bakery.ensure_archive(recipe, print)


def _servers() -> None:
    ensure_node_image()
    ensure_image_file(STORAGE, print)
    for services in sorted({host.services for host in LOCAL.hosts}):
        ensure_server_image(services)


STEPS: dict[str, tuple[Callable[[], object], ...]] = {
    "large": (_programs, _hosts, ensure_cloud_image, _hub),
    "small": (_containers, _servers),
}

if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        for kind in [pool.submit(each) for each in STEPS[sys.argv[1]]]:
            kind.result()
