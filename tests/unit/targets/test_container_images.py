"""Images of the services' containers: what makes another one, and what the archive holds of a root file system."""

import io
import json
import os
import shutil
import tarfile
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sepp.catalogue import CATALOGUE
from sepp.cli import build, container_images
from sepp.config.load import load
from sepp.config.mission import Source
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS, ROOT
from sepp.plan import plan
from sepp.targets.kubernetes import image_store, images, oci
from sepp.targets.kubernetes.bakery import Archive, newest, outdated
from sepp.targets.kubernetes.images import Recipe
from tests.cluster import KUBERNETES

DIRECTORY = Recipe(service="directory")
CONFIG = oci.Config(user="10001:10001", architecture="amd64", labels={"org.opencontainers.image.title": "Directory"})


@pytest.fixture
def deployment(planck, make_platform):
    return plan(make_platform(port=443, kubernetes=KUBERNETES), [planck], name="demo", target="kubernetes")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def root(tmp_path):
    """A root file system with what goes into an image and what does not."""
    root = tmp_path / "root"
    files = (
        *("usr/bin/slapd", "etc/passwd", "etc/hostname", "etc/machine-id", "var/log/dpkg.log", "var/cache/cas/cas.jsa"),
        *("run/lock", "tmp/ansible", "root/.bashrc", "usr/lib/a/__pycache__/a.pyc", "usr/lib/a/a.py"),
    )
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "usr/bin/slapcat").hardlink_to(root / "usr/bin/slapd")
    (root / "bin").symlink_to("usr/bin")
    return root


def layer_of(file) -> tarfile.TarFile:
    """Return the layer of an archive, by way of its index and manifest."""
    with tarfile.open(file) as archive:

        def blob(descriptor: dict) -> bytes:
            data = archive.extractfile(f"blobs/{descriptor['digest'].replace(':', '/')}").read()
            assert len(data) == descriptor["size"]
            return data

        index = json.loads(archive.extractfile("index.json").read())
        manifest = json.loads(blob(index["manifests"][0]))
        [layer] = manifest["layers"]
        assert json.loads(blob(manifest["config"]))["rootfs"]["diff_ids"] == [layer["digest"]]
        return tarfile.open(fileobj=io.BytesIO(blob(layer)))


def test_every_service_with_a_number_has_an_image_and_runs_as_nobody_else(deployment):
    recipes = images.recipes(deployment, MISSIONS)
    assert {recipe.service for recipe in recipes} == {
        *("directory", "cas", "portal", "proxy", "identity", "storage", "hub"),
    }
    users = {recipe.service: images.config(recipe, "1", "amd64").user for recipe in recipes}
    assert users["directory"] == "10001:10001"
    assert len({*users.values()}) == len(users)
    assert not any(part == "0" for user in users.values() for part in user.split(":"))


def test_a_service_that_is_in_no_container_has_no_image():
    with pytest.raises(ValueError, match="base has no number"):
        images.number("base")


def test_an_image_is_another_one_by_its_role_its_number_and_what_came_in(monkeypatch):
    before = images.made_from(DIRECTORY)
    assert before != images.made_from(Recipe(service="portal"))
    assert images.content(DIRECTORY, [{"version": "1"}]) != images.content(DIRECTORY, [{"version": "2"}])
    changes = (
        (images, "install_content", lambda _: "another role"),
        (images, "TOOLS", ("passwd",)),
        (images, "CATALOGUE", {**CATALOGUE, "directory": replace(CATALOGUE["directory"], number=10099)}),
    )
    for where, name, value in changes:
        with monkeypatch.context() as changed:
            changed.setattr(where, name, value)
            images.made_from.cache_clear()
            assert images.made_from(DIRECTORY) != before
    images.made_from.cache_clear()


def test_a_missions_image_is_another_one_by_what_its_file_brings_and_not_by_where_it_is(tmp_path, make_platform):
    _, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", MISSIONS)
    platform = make_platform(port=443, kubernetes=KUBERNETES)
    [planck] = (mission for mission in missions if mission.mission == "planck")

    def made_from(configs, mission=planck):
        deployment = plan(platform, [mission], name="demo", target="kubernetes")
        return images.made_from(images.recipe(deployment, configs, "planck", "hub"))

    shutil.copytree(MISSIONS / "examples", tmp_path / "examples")
    assert made_from(tmp_path) == made_from(MISSIONS) != images.made_from(Recipe(service="hub"))
    packages = planck.interactive.packages.model_copy(update={"python": ("astroquery",)})
    interactive = planck.interactive.model_copy(update={"packages": packages})
    assert made_from(MISSIONS, planck.model_copy(update={"interactive": interactive})) != made_from(MISSIONS)
    examples = tmp_path / planck.interactive.examples
    (examples / "more.md").write_text("more")
    added = made_from(tmp_path)
    assert added != made_from(MISSIONS)
    (examples / "below").mkdir()
    (examples / "more.md").rename(examples / "below/more.md")
    assert made_from(tmp_path) not in (added, made_from(MISSIONS))


def test_demonstration_data_are_in_an_image_of_the_missions_own(make_platform, make_mission):
    platform = make_platform(port=443, kubernetes=KUBERNETES)
    of_tests = make_mission()
    repository = of_tests.storage.repository.model_copy(update={"source": Source(demo="planck")})
    demo = of_tests.model_copy(update={"storage": of_tests.storage.model_copy(update={"repository": repository})})

    def storage(mission):
        deployment = plan(platform, [mission], name="demo", target="kubernetes")
        return images.recipe(deployment, MISSIONS, mission.mission, "storage")

    assert storage(of_tests) == Recipe(service="storage")
    assert storage(demo).name == "storage-planck"
    assert images.made_from(storage(demo)) != images.made_from(storage(of_tests))


def test_a_layer_holds_nothing_of_the_machine_and_of_the_making(root, tmp_path):
    oci.write_archive(root, CONFIG, "localhost/any:1", tmp_path / "any.tar")
    with layer_of(tmp_path / "any.tar") as layer:
        members = {member.name: member for member in layer}
    assert [*members] == sorted(members)
    assert {name for name, member in members.items() if not member.isdir()} == {
        *("bin", "etc/passwd", "usr/bin/slapcat", "usr/bin/slapd", "usr/lib/a/a.py"),
    }
    assert {"run", "tmp", "root", "var/log", "var/cache/cas"} <= {*members}
    assert {member.uname + member.gname for member in members.values()} == {""}


def test_the_same_files_give_the_same_archive_whenever_they_were_written(root, tmp_path):
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    oci.write_archive(root, CONFIG, "localhost/any:1", first)
    for path in root.rglob("*"):
        os.utime(path, (1764350000, 1764350000), follow_symlinks=False)
    oci.write_archive(root, CONFIG, "localhost/any:1", second)
    assert first.read_bytes() == second.read_bytes()


def test_the_newest_archive_of_this_version_is_for_new_pods(cache):
    current = images.made_from(DIRECTORY)
    made = [
        Archive(recipe=DIRECTORY, made_from=made_from, content=content)
        for made_from, content in ((current, "older"), (current, "newer"), ("an earlier version", "last"))
    ]
    for age, archive in enumerate(made):
        archive.file.parent.mkdir(parents=True, exist_ok=True)
        archive.file.touch()
        archive.bill.touch()
        os.utime(archive.file, (age, age))
    assert newest(DIRECTORY) == made[1]
    assert {archive.content for archive in outdated(DIRECTORY)} == {"older", "last"}
    ended = CliRunner().invoke(build(), ["image", "remove", "kubernetes/example", "--yes"])
    assert ended.output == "Removed: sepp-directory:last, sepp-directory:older\n"
    assert [each.content for each in (newest(DIRECTORY), *outdated(DIRECTORY))] == ["newer"]


def test_with_a_registry_images_are_pushed_and_what_it_has_beside_is_named(cache, deployment, monkeypatch):
    settings = deployment.platform.kubernetes.model_copy(update={"registry": "registry.site.example/sepp"})
    archive = Archive(recipe=DIRECTORY, made_from=images.made_from(DIRECTORY), content="new")
    archive.file.parent.mkdir(parents=True)
    archive.file.touch()
    stored = {DIRECTORY: ("sepp-directory:new", "sepp-directory:old")}
    monkeypatch.setattr(container_images, "settings_of", lambda _: settings)
    monkeypatch.setattr(container_images, "ensure_archive", lambda *_, **__: archive)
    monkeypatch.setattr(image_store, "stored", lambda _, recipe: stored.get(recipe, ()))
    built = CliRunner().invoke(build(), ["image", "build", "kubernetes/example", "directory"])
    assert "  is in registry.site.example/sepp\n" in built.output
    listed = json.loads(CliRunner().invoke(build(), ["image", "list", "kubernetes/example", "--json"]).output)
    assert {image["name"]: (image["current"], image["stored"]) for image in listed} == {
        "sepp-directory:new": (True, True),
        "sepp-directory:old": (False, True),
    }
    removed = CliRunner().invoke(build(), ["image", "remove", "kubernetes/example", "--yes"])
    assert "No archive is out of use.\nThe registry has sepp-directory:old." in removed.output


def test_a_registry_that_does_not_answer_is_told_with_a_next_step(deployment, monkeypatch):
    settings = deployment.platform.kubernetes.model_copy(update={"registry": "registry.site.example/sepp"})

    def unauthorized(*_):
        raise EngineError("podman search: unauthorized")

    monkeypatch.setattr(image_store, "podman", unauthorized)
    with pytest.raises(EngineError, match="podman search: unauthorized") as refused:
        image_store.stored(settings, DIRECTORY)
    assert refused.value.next_step == "podman login registry.site.example, if it wants a password"
