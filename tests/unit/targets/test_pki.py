"""Certificates as strict clients judge them."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sepp.deployment import Certificate
from sepp.targets import pki

NAMES = ("sepp.localhost", "login.sepp.localhost", "planck.sepp.localhost")


@pytest.fixture(scope="module")
def authority() -> Certificate:
    return pki.make_authority("A platform with a title that is quite long and goes beyond the limit of names")


def verify(folder: Path, authority: str, certificate: str, name: str) -> subprocess.CompletedProcess[str]:
    (folder / "ca.pem").write_text(authority)
    (folder / "cert.pem").write_text(certificate)
    arguments = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-CAfile", "ca.pem", "cert.pem"]
    command = ["openssl", "verify", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_strict_clients_accept_every_name(tmp_path, authority, name) -> None:
    ended = verify(tmp_path, authority.certificate, pki.issue(authority, NAMES).certificate, name)
    assert ended.returncode == 0, ended.stderr


def test_other_names_and_other_authorities_are_refused(tmp_path, authority) -> None:
    certificate = pki.issue(authority, NAMES).certificate
    assert verify(tmp_path, authority.certificate, certificate, "hubble.sepp.localhost").returncode
    assert verify(tmp_path, pki.make_authority("other").certificate, certificate, NAMES[0]).returncode


def test_lifetimes(authority) -> None:
    now = datetime.now(UTC)
    assert timedelta(days=3649) < pki.expires(authority.certificate) - now <= timedelta(days=3650)
    assert pki.expires(pki.issue(authority, NAMES).certificate) - now <= timedelta(days=398)


def test_a_server_cannot_sign_others(authority) -> None:
    server = x509.load_pem_x509_certificate(pki.issue(authority, NAMES).certificate.encode())
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize(("days", "due"), [(0, True), (29, True), (31, False)])
def test_renewal_thirty_days_before_the_end(authority, monkeypatch, days, due) -> None:
    monkeypatch.setattr(pki, "_DAYS", days)
    assert pki.renewal_due(pki.issue(authority, NAMES).certificate) is due
