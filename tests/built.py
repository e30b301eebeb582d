"""Makes what tests need and the cache keeps: `make built`, which CI runs beside the tests that need none of it."""

from concurrent.futures import ThreadPoolExecutor

from sepp.cli.common import deployment_of
from sepp.engine.paths import MISSIONS
from sepp.targets.kubernetes import bakery, images
from sepp.targets.local.images import ensure_image
from sepp.targets.openstack.bakery import ensure_image_file
from tests.kubernetes.node import ensure_node_image
from tests.kubernetes.programs import program
from tests.openstack.servers import ensure_server_image
from tests.openstack.stand_in import ensure_cloud_image

MISSION = "planck"
"""Whose platforms the tests deploy."""
STORAGE = ("base", "storage", "volumes")
"""The roles of the server whose disk is made and booted."""


def _programs() -> None:
    for name in ("etcd", "kube-apiserver", "containerd", "coredns"):
        program(name)


def _hosts() -> None:
    roles = sorted({host.services for host in deployment_of("local/demo").hosts})
    for each in roles:
        ensure_image(each, print)
    ensure_node_image()
    ensure_image_file(STORAGE, print)
    for each in roles:
        ensure_server_image(each)


def _containers() -> None:
    for recipe in images.recipes(deployment_of("kubernetes/example"), MISSIONS):
        if recipe.mission in (None, MISSION):
            bakery.ensure_archive(recipe, print)


if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        for kind in [pool.submit(each) for each in (_programs, _hosts, ensure_cloud_image, _containers)]:
            kind.result()
