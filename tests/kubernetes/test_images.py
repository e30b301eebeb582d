"""The image of a real service: run as a pod would run it, pushed to a real registry, the same if made again."""

import hashlib
import json
import re
import tarfile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from typer.testing import CliRunner

from sepp.cli import build
from sepp.config.load import load
from sepp.engine.errors import EngineError
from sepp.engine.paths import ROOT
from sepp.targets.kubernetes import bakery, image_store, images, oci
from sepp.targets.local.images import APT_SETTINGS
from sepp.targets.local.podman import podman
from tests.kubernetes.registry import registry

SERVICE = "directory"
RECIPE = images.Recipe(service=SERVICE)


def made_from_nothing(setting: str) -> bakery.Archive:
    """Make the image anew; the setting of apt has no trace in it, and makes all that it is made from another."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(bakery, "APT_SETTINGS", (*APT_SETTINGS, setting))
        archive = bakery.ensure_archive(RECIPE, print, update=True)
        podman("image", "rm", bakery.installed_tag(RECIPE), bakery.base_tag())
    return archive


@pytest.fixture(scope="module")
def archive() -> bakery.Archive:
    return bakery.ensure_archive(RECIPE, print)


@pytest.fixture
def image(archive):
    """The image as podman knows it."""
    image = podman("pull", "--quiet", f"oci-archive:{archive.file}").split()[-1]
    yield image
    podman("image", "rm", "--force", image)


@pytest.fixture
def small(tmp_path, monkeypatch) -> bakery.Archive:
    """An archive that is pushed in no time."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    archive = bakery.Archive(recipe=RECIPE, made_from="any", content="1")
    archive.file.parent.mkdir(parents=True)
    oci.write_archive(
        ROOT / "docs/images", images.config(RECIPE, "1", "amd64"), f"localhost/{archive.name}", archive.file
    )
    return archive


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Settings with a registry, to which podman speaks without TLS."""
    folder = tmp_path_factory.mktemp("registry")
    with registry(folder) as address, pytest.MonkeyPatch.context() as changed:
        known = folder / "registries.conf"
        known.write_text(f'[[registry]]\nlocation = "{address}"\ninsecure = true\n')
        changed.setenv("CONTAINERS_REGISTRIES_CONF", str(known))
        platform, _ = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
        yield platform.kubernetes.model_copy(update={"registry": f"{address}/sepp"})


@pytest.mark.long
def test_an_image_made_twice_from_nothing_is_the_same_to_the_byte():
    first = made_from_nothing('Acquire::Retries "1"')
    digest = hashlib.sha256(first.file.read_bytes()).hexdigest()
    second = made_from_nothing('Acquire::Retries "2"')
    assert (second.name, hashlib.sha256(second.file.read_bytes()).hexdigest()) == (first.name, digest)


def test_the_service_runs_as_its_own_number_on_a_root_that_nobody_may_write(image):
    restricted = ("run", "--rm", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
    told = podman(*restricted, image, "/usr/bin/id")
    assert told == "uid=10001(openldap) gid=10001(openldap) groups=10001(openldap)\n"
    podman(*restricted, image, "/usr/sbin/slapd", "-VV")
    podman(*restricted, image, "/usr/bin/test", "-r", "/etc/sepp/directory/posix.schema")
    with pytest.raises(EngineError):
        podman(*restricted, image, "/usr/bin/touch", "/var/lib/ldap/any")


def test_the_image_says_what_it_is(image, archive):
    [found] = json.loads(podman("image", "inspect", image))
    assert found["RepoTags"] == [f"localhost/{archive.name}"]
    assert (found["User"], len(found["RootFS"]["Layers"])) == ("10001:10001", 1)
    assert found["Labels"] == {
        "org.opencontainers.image.title": "Directory",
        "org.opencontainers.image.version": archive.content,
        "org.opencontainers.image.revision": images.made_from(RECIPE),
    }


def test_what_installed_the_service_is_gone(archive):
    with tarfile.open(archive.file) as whole:
        layer = max(whole, key=lambda member: member.size)
        with tarfile.open(fileobj=whole.extractfile(layer)) as files:
            names = {member.name for member in files}
    traces = (
        *("etc/apt", "var/lib/apt", "usr/bin/apt-get", "usr/lib/systemd/systemd", "usr/sbin/init", "usr/bin/systemctl"),
        *("etc/environment", "etc/machine-id", "etc/ssl/certs/ca-certificates.crt", "usr/sbin/policy-rc.d"),
    )
    assert {"usr/sbin/slapd", "usr/local/sbin/sepp-directory", "var/lib/dpkg/status"} <= names
    assert not names & {*traces}
    assert not [name for name in names if re.search(r"__pycache__|^root/.|^tmp/.|^run/.|ansible|machine-\d", name)]


def test_the_bill_of_software_is_cyclonedx_and_knows_the_service(archive):
    bill = archive.bill.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    assert json.loads(bill)["metadata"]["component"] == {"name": archive.name, "type": "container"}
    packages = {component["purl"].partition("@")[0] for component in json.loads(bill)["components"]}
    assert {"pkg:deb/debian/slapd", "pkg:deb/debian/python3-ldap", "pkg:deb/debian/libc6"} <= packages
    assert not {f"pkg:deb/debian/{name}" for name in ("apt", "systemd", "python3-apt", "ca-certificates")} & packages


def test_an_image_is_pushed_once_and_comes_back_the_same(store, small):
    assert image_store.stored(store, RECIPE) == ()
    assert image_store.push(store, small) is True
    assert image_store.push(store, small) is False
    assert image_store.stored(store, RECIPE) == (small.name,)
    there = podman("pull", "--quiet", f"{store.registry}/{small.name}").strip()
    here = podman("pull", "--quiet", f"oci-archive:{small.file}").strip()
    podman("image", "rm", "--force", there)
    assert there == here


def test_without_a_registry_an_operator_is_told_how_nodes_get_the_image(archive):
    done = CliRunner().invoke(build(), ["image", "build", "kubernetes/example", SERVICE])
    assert done.exit_code == 0, done.output
    assert f"ctr --namespace k8s.io images import {archive.file}" in done.output
    listed = json.loads(CliRunner().invoke(build(), ["image", "list", "kubernetes/example", "--json"]).output)
    found = {image["name"]: (image["current"], image["stored"]) for image in listed}
    assert found[archive.name] == (True, False)


def test_a_registry_that_does_not_answer_is_named(store, small):
    nobody = store.model_copy(update={"registry": "127.0.0.1:1/sepp"})
    with pytest.raises(EngineError, match="connection refused"):
        image_store.push(nobody, small)
