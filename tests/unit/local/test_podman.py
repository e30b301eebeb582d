"""What podman is asked for, and what this machine lets it have."""

import resource
from dataclasses import replace
from pathlib import Path

import pytest

from sepp.engine.errors import EngineError
from sepp.plan import plan
from sepp.targets.local import machine, podman, sources
from sepp.targets.local.podman import Bind, HostSpec

SPEC = HostSpec(platform="demo", name="planck", address="10.89.16.16", cpu=2, memory=2**30, mounts=False)


def arguments(spec: HostSpec) -> str:
    return " ".join(podman._arguments(spec))


@pytest.fixture(params=["v2", "hybrid"])
def cgroups(request, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    if request.param == "v2":
        (tmp_path / "cgroup.controllers").write_text("cpu memory")
    else:
        (tmp_path / "memory").mkdir()
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    monkeypatch.setattr(podman, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine.shutil, "which", lambda program: f"/usr/bin/{program}")
    return request.param


def test_a_host_with_users_may_not_mount_and_hides_processes():
    found = arguments(SPEC)
    assert "SYS_ADMIN" not in found
    assert "proc-opts=hidepid=2" in found


def test_a_host_without_users_may_mount():
    found = arguments(replace(SPEC, mounts=True))
    assert "--cap-add SYS_ADMIN" in found
    assert "hidepid" not in found


def test_a_memory_cgroup_for_servers_only_where_systemd_has_none(cgroups: str):
    assert ("--cgroup-parent /sepp/sepp-demo-planck" in arguments(SPEC)) == (cgroups == "hybrid")
    assert "--cgroup-parent" not in arguments(replace(SPEC, mounts=True))


def test_runtime(cgroups: str):
    assert machine.runtime() == {"v2": "crun", "hybrid": "runc"}[cgroups]
    assert f'runtime = "{machine.runtime()}"' in machine.render()


def test_binds_and_ports():
    spec = replace(SPEC, binds=(Bind(source="/data", path="/home", read_only=True),), publish=("127.0.0.1:8443:8443",))
    assert "--volume /data:/home:ro" in arguments(spec)
    assert "--publish 127.0.0.1:8443:8443/tcp" in arguments(spec)


def test_a_digest_tells_specs_apart():
    assert SPEC.digest() == replace(SPEC).digest()
    assert SPEC.digest() != replace(SPEC, memory=2**31).digest()


def test_the_entrance_alone_is_published(make_platform, planck):
    deployment = plan(make_platform(), [planck], name="demo", target="local")
    folders = {volume.name: f"/data/{volume.name}" for volume in deployment.volumes}
    specs = {host.name: podman.host_spec(deployment, host, "10.89.16.10", folders) for host in deployment.hosts}
    assert {name: spec.publish for name, spec in specs.items()} == {
        "core": ("127.0.0.1:8443:8443",),
        "planck-storage": (),
        "planck": (),
    }
    assert {name: spec.mounts for name, spec in specs.items()} == {
        "core": True,
        "planck-storage": True,
        "planck": False,
    }
    paths = [bind.path for bind in specs["planck"].binds]
    assert paths == sorted(paths)
    assert Bind(source="/data/planck-repository", path="/repository", read_only=True) in specs["planck"].binds


def test_mount_points_inside_of_volumes_are_for_root_alone(tmp_path: Path):
    volume, source = tmp_path / "volume", tmp_path / "source"
    volume.mkdir()
    source.mkdir()
    binds = (
        Bind(source=str(volume), path="/repository", read_only=True),
        Bind(source=str(source), path="/repository/.guard/maps/data", read_only=True),
    )
    podman._prepare(replace(SPEC, mounts=True, binds=binds))
    inner = volume / ".guard/maps"
    assert (inner / "data").is_dir()
    assert inner.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    binds = (Bind(source=str(tmp_path / "no"), path="/home", read_only=False),)
    with pytest.raises(podman.EngineError, match=r"/no is not there \(/home of host planck\)"):
        podman._prepare(replace(SPEC, mounts=True, binds=binds))


@pytest.mark.parametrize(
    ("hard", "wanted"), [(20000, 16384), (16384, 8192), (resource.RLIM_INFINITY, 1 << 20), (1 << 21, 1 << 20)]
)
def test_limits_stay_below_the_machines(monkeypatch: pytest.MonkeyPatch, hard: int, wanted: int):
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (hard, hard))
    assert machine._below(resource.RLIMIT_NOFILE, 1 << 20) == wanted


def test_the_machines_own_sources_in_both_formats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("# deb http://no/ x main\n")
    (tmp_path / "sources.list.d/a.list").write_text("deb [signed-by=/k] https://mirror.example/debian/ bookworm main\n")
    (tmp_path / "sources.list.d/b.sources").write_text(
        "Types: deb\n# old\nURIs: http://sec.example/debian-security/\nSuites: bookworm-security\nComponents: main\n"
    )
    monkeypatch.setattr(sources, "_APT", tmp_path)
    assert dict(sources._entries()) == {
        "https://mirror.example/debian": ["bookworm"],
        "http://sec.example/debian-security": ["bookworm-security"],
    }


def test_proxies_reach_hosts_but_not_the_platforms_own_names(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "extra_authorities", tuple)
    for name in ("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "ftp_proxy", "FTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert sources.environment() == {}
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "intern.example")
    found = sources.environment()
    assert found["https_proxy"] == found["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert found["no_proxy"] == "intern.example,localhost,127.0.0.1,::1,.localhost,core"


def test_a_host_that_does_not_start_in_time_is_told_with_the_next_command(monkeypatch, tmp_path):
    """The command that waits for it is slow to answer, too."""
    slow = tmp_path / "podman"
    slow.write_text("#!/bin/sh\nexec sleep 10\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(podman, "START_SECONDS", 0.2)
    with pytest.raises(EngineError, match=r"sepp-demo-planck has not started after 0\.2 s") as told:
        podman.wait_for_systemd("sepp-demo-planck")
    assert told.value.next_step == "podman exec sepp-demo-planck systemctl list-jobs"
