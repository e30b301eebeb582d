"""When resources are made, mended, or refused; podman and mounts are replaced by what they would say."""

import importlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from sepp.engine.errors import EngineError
from sepp.targets import secret
from sepp.targets.certificate import AuthorityProvider, CertificateProvider
from sepp.targets.local import converge, host, image, network, volume, volumes
from sepp.targets.local.podman import Bind, HostSpec
from sepp.targets.local.volumes import VolumeSpec

SPEC = HostSpec(
    platform="x",
    name="planck",
    address="10.0.0.24",
    cpu=2,
    memory=2**30,
    mounts=False,
    binds=(Bind(source="/data", path="/home", read_only=False),),
    publish=("127.0.0.1:8443:8443",),
)


def as_engine(value: Any) -> Any:
    """What the engine makes of plain data: floating point numbers and lists."""
    if isinstance(value, dict):
        return {name: as_engine(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_engine(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def host_props(spec: HostSpec = SPEC, image: str = "image:1") -> dict[str, Any]:
    return as_engine({"spec": asdict(spec), "image": image})


@pytest.fixture
def running(monkeypatch) -> dict[str, Any]:
    """The one container that podman knows: its state, process, id and label. It is our own process."""
    instance = Path("/proc/self/cgroup").read_text().split()[0]
    seen = {"state": "running", "pid": os.getpid(), "digest": SPEC.digest()}

    def podman(*_: str) -> str:
        labels = {"sepp.spec": seen["digest"], "sepp.platform": SPEC.platform}
        return json.dumps([{"State": seen["state"], "Pid": seen["pid"], "Id": instance, "Labels": labels}])

    monkeypatch.setattr(host.podman, "podman", podman)
    return seen


def outputs(provider: host.HostProvider) -> dict[str, Any]:
    return provider.read("sepp-x-planck", host_props()).outs or {}


def test_running_host_is_left_alone(running) -> None:
    provider = host.HostProvider()
    assert provider.diff("", outputs(provider), host_props()).changes is False


def test_newer_image_does_not_touch_a_running_host(running) -> None:
    provider = host.HostProvider()
    assert provider.diff("", outputs(provider), host_props(image="image:2")).changes is False


@pytest.mark.parametrize(("what", "is_now"), [("state", "exited"), ("digest", "other"), ("pid", 2**22)])
def test_host_that_is_not_what_it_was_is_mended(running, what, is_now) -> None:
    provider = host.HostProvider()
    running[what] = is_now
    assert provider.diff("", outputs(provider), host_props()).changes is True


@pytest.mark.parametrize(
    ("was", "starts", "is_done"),
    [
        ({}, True, []),
        ({"state": "exited"}, True, ["start"]),
        ({"state": "exited"}, False, ["start", "run"]),
        ({"pid": 2**22}, True, ["run"]),
        ({"state": "stopping", "pid": 2**22}, True, ["run"]),
        ({"digest": "other"}, True, ["run"]),
    ],
)
def test_host_is_started_or_made_anew(running, monkeypatch, was, starts, is_done) -> None:
    here = replace(SPEC, binds=(), mounts=True)
    running.update({"digest": here.digest()} | was)
    look, asked = host.podman.podman, []

    def podman(*arguments: str) -> str:
        asked.append(arguments[0])
        return look(*arguments)

    monkeypatch.setattr(host.podman, "podman", podman)

    def succeeds(*arguments: str) -> bool:
        asked.append(arguments[0])
        return starts

    monkeypatch.setattr(host.podman, "succeeds", succeeds)
    monkeypatch.setattr(host.podman, "wait_for_systemd", lambda _: None)
    host.podman.ensure_host(here, "image:1")
    assert asked == ["ps", *is_done]


def test_host_that_is_gone_leaves_the_state(monkeypatch) -> None:
    monkeypatch.setattr(host.podman, "podman", lambda *_: "[]")
    assert host.HostProvider().read("sepp-x-planck", host_props()).id == ""


def test_other_memory_makes_another_host(running) -> None:
    provider = host.HostProvider()
    larger = HostSpec(**{**vars(SPEC), "memory": 2**31})
    assert provider.diff("", outputs(provider), host_props(larger)).changes is True


@pytest.fixture
def folder(tmp_path) -> VolumeSpec:
    return VolumeSpec(folder=str(tmp_path / "core-directory"), size=2**20, backend=None)


def volume_props(spec: VolumeSpec) -> dict[str, Any]:
    return as_engine({"spec": asdict(spec)})


def test_volume_is_made_and_adopted(folder) -> None:
    provider = volume.VolumeProvider()
    first = provider.create(volume_props(folder))
    (folder.path / "data").write_text("kept")
    again = provider.create(volume_props(folder))
    assert first.outs == again.outs
    assert (folder.path / "data").read_text() == "kept"
    assert provider.diff("", again.outs or {}, volume_props(folder)).changes is False


def test_lost_volume_is_not_made_anew(folder) -> None:
    provider = volume.VolumeProvider()
    made = provider.create(volume_props(folder)).outs or {}
    folder.path.rmdir()
    seen = provider.read(folder.folder, made)
    assert seen.id == folder.folder
    assert provider.diff("", seen.outs or {}, volume_props(folder)).changes is True
    with pytest.raises(EngineError, match="are gone: bring them back from a backup"):
        provider.update("", seen.outs or {}, volume_props(folder))
    assert not folder.path.exists()


def test_volume_does_not_move(folder, tmp_path) -> None:
    made = volume.VolumeProvider().create(volume_props(folder)).outs or {}
    elsewhere = VolumeSpec(folder=str(tmp_path / "elsewhere"), size=folder.size, backend=None)
    with pytest.raises(EngineError, match="its data would be lost"):
        volume.VolumeProvider().update("", made, volume_props(elsewhere))


def test_growth_that_failed_is_seen() -> None:
    spec = VolumeSpec(folder="/data/x", size=2**30, backend="btrfs_qgroup")
    outputs = {**volume_props(spec), "ready": True, "held": float(2**29)}
    assert volume.VolumeProvider().diff("", outputs, volume_props(spec)).changes is True
    assert volume.VolumeProvider().diff("", {**outputs, "held": float(2**30)}, volume_props(spec)).changes is False


def test_all_volumes_of_a_folder_are_found(tmp_path) -> None:
    (tmp_path / "planck-public").mkdir()
    (tmp_path / "planck-public.img").touch()
    (tmp_path / "core-directory").mkdir()
    (tmp_path / "half-made.new").touch()
    found = volumes.found(tmp_path)
    assert [spec.path.name for spec in found] == ["core-directory", "half-made", "planck-public"]
    for spec in found:
        volumes.delete_volume(spec)
    assert not list(tmp_path.iterdir())


def test_secrets_stay_and_new_ones_come() -> None:
    provider = secret.SecretsProvider()
    first = provider.create({"names": ["a", "b"]}).outs or {}
    second = provider.update("", first, {"names": ["a", "c"]}).outs or {}
    assert {name: second["values"][name] for name in "ab"} == first["values"]
    assert len(set(second["values"].values())) == 3
    assert all(len(value) >= 43 for value in second["values"].values())
    assert provider.diff("", second, {"names": ["a", "c"]}).changes is False


def secrets_run(olds: dict[str, Any] | None = None, rotated: dict[str, str] | None = None) -> dict[str, Any]:
    """What the engine makes of the secrets a and b in a run; `olds` are the outputs of the run before."""
    provider = secret.SecretsProvider()
    news = {"names": ["a", "b"], **({"rotated": rotated} if rotated else {})}
    inputs = as_engine(provider.check(olds or {}, news).inputs)
    if olds is None:
        return provider.create(inputs).outs or {}
    return provider.update("secrets", olds, inputs).outs or {} if provider.diff("", olds, inputs).changes else olds


def test_a_rotated_secret_is_another_and_stays_so() -> None:
    first = secrets_run()
    second = secrets_run(first, {"a": "monday"})
    assert second["values"]["a"] != first["values"]["a"]
    assert second["values"]["b"] == first["values"]["b"]
    assert secrets_run(second) is second
    assert secrets_run(second, {"a": "monday"}) is second
    third = secrets_run(second, {"b": "tuesday"})
    assert third["values"]["a"] == second["values"]["a"]
    assert third["values"]["b"] != second["values"]["b"]


def test_secrets_of_earlier_versions_do_not_change() -> None:
    of_earlier_version = {"names": ["a", "b"], "values": {"a": "1", "b": "2"}}
    assert secrets_run(of_earlier_version) is of_earlier_version


def test_authority_outlives_another_title() -> None:
    provider = AuthorityProvider()
    made = provider.create({"title": "One"}).outs or {}
    assert provider.diff("", made, {"title": "Two"}).changes is False


def test_certificate_is_issued_again_for_other_names() -> None:
    authority = AuthorityProvider().create({"title": "One"}).outs or {}
    props = {"names": ["a.b"], "authority": authority["certificate"], "authority_key": authority["key"]}
    provider = CertificateProvider()
    made = provider.create(props).outs or {}
    assert provider.diff("", made, props).changes is False
    assert provider.diff("", made, {**props, "names": ["a.b", "c.b"]}).changes is True


def test_certificate_of_another_generation_has_another_key() -> None:
    authority = AuthorityProvider().create({"title": "One"}).outs or {}
    of_earlier_version = {"names": ["a.b"], "authority": authority["certificate"], "authority_key": authority["key"]}
    provider = CertificateProvider()
    made = provider.create(of_earlier_version).outs or {}
    assert provider.diff("", made, {**of_earlier_version, "generation": None}).changes is False
    props = {**of_earlier_version, "generation": "monday"}
    assert provider.diff("", made, props).changes is True
    again = provider.update("", made, props).outs or {}
    assert again["key"] != made["key"]
    assert provider.diff("", again, props).changes is False


def test_network_gives_addresses_before_it_is_made() -> None:
    checked = network.NetworkProvider().check({}, {"missions": ["planck"], "subnet": "10.0.0.0/24"}).inputs
    again = network.NetworkProvider().check(
        as_engine(checked), {"missions": ["gaia", "planck"], "subnet": "10.0.0.0/24"}
    )
    assert again.inputs["slots"]["planck"] == checked["slots"]["planck"]


def test_image_keeps_its_content_while_it_is_there(monkeypatch) -> None:
    monkeypatch.setattr(image.images, "baked_tag", lambda services: "new")
    provider = image.ImageProvider()
    assert provider.check({}, {"services": ["base"]}).inputs["tag"] == "new"
    assert provider.check({"tag": "old"}, {"services": ["base"]}).inputs["tag"] == "old"


@pytest.mark.parametrize(
    ("has", "instances", "full", "changes"),
    [
        ({"core": {"cas": "1"}}, {"core": "a"}, False, False),
        ({"core": {"cas": "0"}}, {"core": "a"}, False, True),
        ({"core": {}}, {"core": "a"}, False, True),
        ({"core": {"cas": "1"}}, {"core": "b"}, False, True),
        ({"core": {"cas": "1"}}, {"core": "a"}, True, True),
    ],
)
def test_hosts_converge_where_they_differ(has, instances, full, changes) -> None:
    olds = {"converged": has, "instances": {"core": "a"}, "full": True}
    news = {"wanted": {"core": {"cas": "1"}}, "instances": instances, "full": full}
    assert converge.ConvergeProvider().diff("", olds, news).changes is changes


@pytest.mark.parametrize(
    "name",
    [
        "certificate.AuthorityProvider",
        "certificate.CertificateProvider",
        "converge.ConvergeProvider",
        "host.HostProvider",
        "network.NetworkProvider",
        "secret.SecretsProvider",
        "volume.VolumeProvider",
    ],
)
def test_states_of_earlier_versions_find_their_providers(name) -> None:
    """A state names the class of each provider: the engine loads it to look at what is there."""
    module, _, provider = name.partition(".")
    found = importlib.import_module(f"sepp.targets.local.{module}")
    assert issubclass(getattr(found, provider), ResourceProvider)
