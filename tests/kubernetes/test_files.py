"""The files of a service in a cluster: the directory's role writes them, and the directory starts with them."""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sepp.config.load import load
from sepp.converge.inventory import role_variables
from sepp.deployment import Context
from sepp.engine.errors import EngineError
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.targets import pki, rotation
from sepp.targets.kubernetes import bakery, files, names, settings_of
from sepp.targets.kubernetes.files import written
from sepp.targets.kubernetes.pod import Place, template
from sepp.targets.local import sources
from sepp.targets.local.podman import podman, succeeds

SERVICE = "directory"
SHOWN = {
    SERVICE: lambda context: [context.name("core", SERVICE)],
    "proxy": lambda context: list(context.deployment.public_names),
}
"""The names in the certificate that a service shows."""
START_SECONDS = 30
MANY = 100
"""Authorities that Debian believes at least."""


@pytest.fixture(scope="module")
def context() -> Context:
    """What the core of the example is made from."""
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    deployment = plan(platform, missions, name="example", target="kubernetes")
    authority = pki.make_authority("Example")
    services = names.addresses(deployment, settings_of(deployment))
    return Context(
        deployment=deployment,
        host=deployment.host("core"),
        addresses={host.name: host.name for host in deployment.hosts},
        services=services,
        secrets={name: f"secret of {name}" for name in rotation.secrets(deployment)},
        authority=authority.certificate,
        certificates={
            "directory": pki.issue(authority, (services["core/directory"],)),
            "entrance": pki.issue(authority, deployment.public_names),
        },
    )


def _variables(service: str, context: Context) -> dict[str, Any]:
    return {**role_variables(context, service), "sepp_secrets": list(context.secrets.values())}


def _written(service: str, context: Context, log: Path) -> tuple[files.File, ...]:
    return written(service, _variables(service, context), authority=context.authority, log=log, report=print)


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs") / "directory.log"


@pytest.fixture(scope="module")
def found(context, log) -> dict[str, files.File]:
    """The files by path."""
    return {file.path: file for file in _written(SERVICE, context, log)}


def test_a_service_has_what_its_role_writes_and_nothing_of_who_wrote_it(found):
    assert set(found) == {
        "/etc/ldap/slapd.conf",
        "/etc/sepp/directory/certificate.pem",
        "/etc/sepp/directory/key.pem",
        "/etc/sepp/directory/tree.json",
        "/etc/systemd/system/slapd.service.d/sepp.conf",
    }
    assert not succeeds("container", "exists", f"sepp-files-{SERVICE}")


def test_what_not_everybody_on_a_host_could_read_is_secret(found, context):
    assert [path for path, file in found.items() if not file.secret] == [
        "/etc/systemd/system/slapd.service.d/sepp.conf"
    ]
    assert context.secrets["directory-reader"] in found["/etc/sepp/directory/tree.json"].content.decode()


def test_the_log_names_the_tasks_and_no_secret(found, context, log):
    assert "Write the configuration" in log.read_text()
    assert not [secret for secret in context.secrets.values() if secret in log.read_text()]
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("service", "port"), [(SERVICE, 636), ("proxy", 443)])
def test_the_pod_of_a_service_starts(service, port, context, found, tmp_path):
    """In podman in place of a node: as its number, without rights, on a root that nobody may write."""
    if service != SERVICE:
        found = {file.path: file for file in _written(service, context, tmp_path / "log")}
    archive = bakery.ensure_archive(service, print)
    image = podman("pull", "--quiet", f"oci-archive:{archive.file}").split()[-1]
    settings = context.deployment.platform.kubernetes
    place = Place(deployment=context.deployment, settings=settings, host=context.host, service=service)
    pod = template(place, image, tuple(found.values())).spec
    [container] = pod.containers
    name = podman(
        *("run", "--detach", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--user", f"{pod.security_context.run_as_user}:{pod.security_context.run_as_group}"),
        *(f"--sysctl={each.name}={each.value}" for each in pod.security_context.sysctls),
        *(f"--env={each.name}={each.value}" for each in container.env or ()),
        *_mounts(container, found, tmp_path),
        *("--publish", f"127.0.0.1::{port}", image, *container.command),
    ).strip()
    try:
        wanted = SHOWN[service](context)
        reached = int(podman("port", name, str(port)).rpartition(":")[2])
        assert _names_at(reached, context.authority, wanted[0]) == wanted, podman("logs", name)
    finally:
        podman("rm", "--force", "--time", "0", name)
        podman("image", "rm", "--force", image)


def _mounts(container, found, folder: Path) -> Iterator[str]:
    """Give a pod's mounts as podman takes them: files from a folder, all else in memory."""
    for mount in container.volume_mounts:
        if mount.mount_path in found:
            file = folder / mount.sub_path
            file.write_bytes(found[mount.mount_path].content)
            yield f"--volume={file}:{mount.mount_path}:ro"
        else:
            yield f"--mount=type=tmpfs,destination={mount.mount_path},U=true"


def _names_at(port: int, authority: str, name: str) -> list[str]:
    """Return the names in the certificate that is shown on a port, once somebody listens there."""
    trust = ssl.create_default_context(cadata=authority)
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with (
                socket.create_connection(("127.0.0.1", port)) as plain,
                trust.wrap_socket(plain, server_hostname=name) as tls,
            ):
                return [value for _, value in tls.getpeercert()["subjectAltName"]]
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_a_role_that_fails_is_named_with_its_task_and_no_secret(context, tmp_path):
    without = {name: value for name, value in _variables(SERVICE, context).items() if name != "directory_suffix"}
    with pytest.raises(EngineError, match="Write the configuration") as caught:
        written(SERVICE, without, authority=context.authority, log=tmp_path / "log", report=print)
    assert "directory_suffix" in str(caught.value)
    assert not [secret for secret in context.secrets.values() if secret in str(caught.value)]


def test_more_than_the_cluster_takes_is_refused_with_the_largest_file(context, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 2000)
    with pytest.raises(EngineError, match=r"the largest is /etc/ldap/slapd\.conf"):
        _written(SERVICE, context, tmp_path / "log")


def test_who_connects_to_others_believes_the_platform_and_debian_and_nobody_of_this_machine(context, tmp_path):
    found = {file.path: file for file in _written("cas", context, tmp_path / "log")}
    believed = found[files.TRUSTED].content.decode()
    assert context.authority.strip() in believed
    assert believed.count("BEGIN CERTIFICATE") > MANY
    assert not [one for one in sources.extra_authorities() if one.strip() in believed]
    keystore = tmp_path / "cacerts"
    keystore.write_bytes(found["/etc/ssl/certs/java/cacerts"].content)
    # Names are in whatever letters their authorities chose.
    shown = ["openssl", "pkcs12", "-in", keystore, "-password", "pass:changeit", "-nokeys", "-nomacver"]
    of_java = subprocess.run(shown, capture_output=True, check=True).stdout.decode(errors="replace")
    assert of_java.count("BEGIN CERTIFICATE") == believed.count("BEGIN CERTIFICATE")
    assert context.authority.strip() in of_java


def test_files_survive_their_way_through_the_engine(found):
    assert files.unpacked(json.loads(json.dumps(files.packed(tuple(found.values()))))) == tuple(found.values())
