"""The kit's images in a project: the real disk of a storage host, uploaded once, listed, removed when out of use."""

import json
from dataclasses import replace

import pytest

from sepp.cli.common import deployment_of
from sepp.engine.paths import ROOT
from sepp.targets.openstack import image_store, images, reading, settings_of
from sepp.targets.openstack.bakery import ensure_image_file
from tests.built import STORAGE
from tests.openstack.project import NAME, project
from tests.openstack.stand_in import clear, clear_images


@pytest.fixture(scope="module")
def platform(clouds):
    """A platform that is not made, in a project that has none of the kit's images."""
    with project(clouds, ROOT / "tests/openstack/live/__main__.py") as platform:
        platform.write()
        yield platform
        clear(platform.cloud)
        clear_images(platform.cloud)


def listed(platform) -> list[dict]:
    return json.loads(platform.does("image", "list", NAME, "--json"))


def test_an_image_is_made_and_uploaded_once_and_known_by_what_it_was_made_from(platform):
    told = platform.does("image", "build", NAME, "planck-storage")
    [image] = listed(platform)
    assert f"{image['name']} is there; its software: " in told
    assert f"{image['name']} is there and up to date" in platform.does("image", "build", NAME, "planck-storage")
    assert (image["made_from"], image["current"], image["used"]) == (images.made_from(STORAGE), True, False)
    file = ensure_image_file(STORAGE, print)
    assert (image["name"], image["size"]) == (file.name, file.file.stat().st_size)
    there = platform.cloud.get_image(file.name)
    assert there.min_disk * 1024**3 >= file.size
    settings = settings_of(deployment_of(NAME))
    assert images.chosen(deployment_of(NAME), settings, reading.read(settings, "test"))["planck-storage"] == there.id


def test_a_content_that_is_there_is_not_uploaded_again(platform):
    settings, file = settings_of(deployment_of(NAME)), ensure_image_file(STORAGE, print)
    assert image_store.upload(settings, file) is False
    assert [image["name"] for image in listed(platform)] == [file.name]


def test_the_bill_of_software_knows_what_the_roles_installed():
    bill = json.loads(ensure_image_file(STORAGE, print).bill.read_text())
    urls = {component["purl"].partition("@")[0] for component in bill["components"]}
    assert {"pkg:deb/debian/xfsprogs", "pkg:deb/debian/linux-image-cloud-amd64", "pkg:deb/debian/cloud-init"} <= urls


def test_an_image_goes_when_nothing_runs_from_it_and_nothing_new_would(platform, tmp_path):
    file, blank = ensure_image_file(STORAGE, print), tmp_path / "blank.qcow2"
    blank.write_bytes(file.file.read_bytes()[: 1024 * 1024])
    settings = settings_of(deployment_of(NAME))
    for name in ("out of use", "in use"):
        image_store.upload(settings, replace(file, name=name, made_from="an earlier version", file=blank))
    compute = platform.cloud.compute
    image, flavor = platform.cloud.get_image("in use").id, platform.cloud.get_flavor("small").id
    compute.wait_for_server(compute.create_server(name="any", image_id=image, flavor_id=flavor, networks="none"))
    assert platform.does("image", "remove", NAME, "--yes") == "Removed: out of use\n"
    assert {image["name"]: image["used"] for image in listed(platform)} == {"in use": True, file.name: False}
    assert platform.does("image", "remove", NAME, "--yes") == "No image is out of use.\n"


def test_images_are_for_clouds_and_clusters(platform):
    result = platform.sepp("image", "list", "local/demo")
    assert (result.exit_code, result.output) == (
        2,
        "local/demo is on the target 'local': this is for platforms on OpenStack and Kubernetes\n",
    )
