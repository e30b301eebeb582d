"""The kit's own images: which a server starts from, which are out of use, and the bill of their software."""

import json
from dataclasses import replace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sepp.engine.state import State
from sepp.report.sbom import bill_of_materials, package_url
from sepp.targets.openstack import images
from sepp.targets.openstack.cloud import Image
from sepp.targets.openstack.preflight import lacks
from tests.cloud import CLOUD, flavours_of

STORAGE = ("base", "storage", "volumes")


def image(identity: str, roles: tuple[str, ...], created: str = "2026-01-01T00:00:00Z", **changes) -> Image:
    made = Image(id=identity, name=identity, made_from=images.made_from(roles), created=created, size=1)
    return replace(made, **changes)


def chosen(deployment, *own: Image, **changes) -> dict[str, str | None]:
    project = replace(CLOUD, own_images=own, **changes)
    return images.chosen(deployment, deployment.platform.openstack, project)


def test_hosts_of_the_same_services_share_an_image(make_deployment):
    deployment = make_deployment()
    roles = images.roles_of(deployment, deployment.platform.openstack)
    assert roles["planck-storage"] == STORAGE
    assert roles["jump"] == ()
    assert {name: images.title(each) for name, each in roles.items()} == {
        "core": "sepp-directory-cas-portal-proxy",
        "planck": "sepp-hub",
        "planck-storage": "sepp-storage",
        "jump": "sepp-jump",
    }


def test_a_server_starts_from_the_kits_newest_image_or_from_the_plain_one(make_deployment):
    found = chosen(
        make_deployment(),
        image("old", STORAGE),
        image("new", STORAGE, "2026-02-01T00:00:00Z"),
        image("other", STORAGE, "2026-03-01T00:00:00Z", made_from="another version of the kit"),
    )
    assert found["planck-storage"] == "new"
    assert {found[name] for name in ("core", "planck", "jump")} == {CLOUD.images["debian-13"]}


def test_without_a_plain_image_the_kits_own_have_to_be_there(make_deployment):
    deployment = make_deployment(image=None)
    project = replace(CLOUD, own_images=(image("s", STORAGE),))
    flavours = flavours_of(deployment)
    assert list(lacks(deployment, deployment.platform.openstack, project, flavours, State())) == [
        "images of core, planck, jump: './sepp image build openstack/demo' makes them, or name a plain one in 'image'"
    ]


def test_what_a_server_runs_from_and_what_a_new_one_gets_is_never_removed():
    own = (image("current", STORAGE), image("in use", STORAGE), image("old", STORAGE))
    project = replace(CLOUD, own_images=own, images_in_use=frozenset({"in use"}))
    assert [each.id for each in images.unused(project, ["current", None])] == ["old"]


def test_an_image_is_named_by_what_came_in_with_it():
    before = [{"type": "deb", "name": "openssl", "version": "3.5.1-1"}]
    after = [{"type": "deb", "name": "openssl", "version": "3.5.1-2"}]
    assert images.content(STORAGE, before) == images.content(STORAGE, before)
    assert images.content(STORAGE, before) != images.content(STORAGE, after)
    assert images.content(STORAGE, before) != images.content(("base", "volumes"), before)


@pytest.mark.parametrize(
    ("package", "url"),
    [
        (
            {"type": "deb", "namespace": "debian", "name": "libstdc++6", "version": "1:14.2.0-19", "arch": "amd64"},
            "pkg:deb/debian/libstdc%2B%2B6@1%3A14.2.0-19?arch=amd64",
        ),
        ({"type": "pypi", "name": "astropy", "version": "7.1.0"}, "pkg:pypi/astropy@7.1.0"),
        (
            {"type": "npm", "namespace": "@jupyterlab", "name": "ui", "version": "4.4.1"},
            "pkg:npm/%40jupyterlab/ui@4.4.1",
        ),
        (
            {"type": "maven", "namespace": "org.apereo.cas", "name": "cas-server-core", "version": "6.6.12"},
            "pkg:maven/org.apereo.cas/cas-server-core@6.6.12",
        ),
    ],
)
def test_packages_are_named_as_scanners_know_them(package, url):
    assert package_url(package) == url


def test_the_bill_of_software_is_cyclonedx():
    software = [
        {"type": "deb", "namespace": "debian", "name": "openssl", "version": "3.5.1-1", "arch": "amd64"},
        {"type": "npm", "namespace": "", "name": "ws", "version": "8.18.0"},
        {"type": "npm", "namespace": "", "name": "ws", "version": "8.18.0"},
    ]
    bill = bill_of_materials("sepp-storage-1", "operating-system", software)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    assert [each["name"] for each in json.loads(bill)["components"]] == ["openssl", "ws"]
