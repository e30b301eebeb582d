"""The files of a service in a cluster: the directory's role writes them, and the directory starts with them."""

import json
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from sepp.engine.errors import EngineError
from sepp.targets.kubernetes import files
from sepp.targets.kubernetes.files import written
from sepp.targets.local import sources
from sepp.targets.local.podman import podman, succeeds
from tests.kubernetes.pods import files_of, running, variables

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
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs") / "directory.log"


@pytest.fixture(scope="module")
def found(context, log) -> dict[str, files.File]:
    """The files by path."""
    return files_of(SERVICE, context, log)


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
    if service != SERVICE:
        found = files_of(service, context, tmp_path / "log")
    with running(service, context, found, tmp_path, "--publish", f"127.0.0.1::{port}") as (name, _):
        wanted = SHOWN[service](context)
        reached = int(podman("port", name, str(port)).rpartition(":")[2])
        assert _names_at(reached, context.authority, wanted[0]) == wanted, podman("logs", name)


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
    without = {name: value for name, value in variables(SERVICE, context).items() if name != "directory_suffix"}
    with pytest.raises(EngineError, match="Write the configuration") as caught:
        written(SERVICE, without, authority=context.authority, log=tmp_path / "log", report=print)
    assert "directory_suffix" in str(caught.value)
    assert not [secret for secret in context.secrets.values() if secret in str(caught.value)]


def test_more_than_the_cluster_takes_is_refused_with_the_largest_file(context, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 2000)
    with pytest.raises(EngineError, match=r"the largest is /etc/ldap/slapd\.conf"):
        files_of(SERVICE, context, tmp_path / "log")


def test_who_connects_to_others_believes_the_platform_and_debian_and_nobody_of_this_machine(context, tmp_path):
    found = files_of("cas", context, tmp_path / "log")
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
