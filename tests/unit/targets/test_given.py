"""A certificate that the operator gives is judged before anything is made with it."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pulumi
import pytest

from sepp.config.platform import Certificate as Files
from sepp.config.platform import Tls
from sepp.engine.errors import EngineError
from sepp.targets import given, pki, program
from sepp.targets.given import given_certificate

NAMES = ("sepp.site.example", "login.sepp.site.example", "planck.sepp.site.example")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Files]:
    """Makes a certificate by openssl, valid for thirty days and for some names."""

    def make(*names: str, name: str = "entrance") -> Files:
        certificate, key = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"),
                *("-subj", "/CN=entrance", "-keyout", key, "-out", certificate),
                *(("-addext", f"subjectAltName={','.join(f'DNS:{name}' for name in names)}") if names else ()),
                *("-days", "30"),
            ],
            check=True,
            capture_output=True,
        )
        return Files.model_validate({"certificate": str(certificate), "key": str(key)})

    return make


def believed(files: Files, authority: str | None = None) -> Tls:
    """Settings with a certificate and who signed it, which is itself."""
    return Tls.model_validate({"given": files.model_dump(), "authority": authority or files.certificate})


def refused(tls: Tls) -> str:
    with pytest.raises(EngineError) as raised:
        given_certificate(tls, NAMES)
    assert raised.value.next_step
    return str(raised.value)


def test_certificate_for_every_name_is_taken(made):
    taken = given_certificate(believed(made(*NAMES)), NAMES)
    assert taken is not None
    assert "BEGIN CERTIFICATE" in taken.certificate


def test_certificate_of_whom_services_do_not_believe_is_refused(made):
    files, other = made(*NAMES), made(*NAMES, name="other")
    assert "self-signed certificate" in refused(Tls(given=files, acme=None, authority=None))
    assert "sepp:tls.authority" in refused(believed(files, other.certificate))


def test_certificate_of_the_sites_own_authority_is_taken_where_that_is_named(tmp_path: Path):
    site = pki.make_authority("Site")
    made = pki.issue(site, NAMES)
    texts = {"chain.pem": made.certificate, "key.pem": made.key, "site.pem": site.certificate}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    files = Files.model_validate({"certificate": str(tmp_path / "chain.pem"), "key": str(tmp_path / "key.pem")})
    assert given_certificate(believed(files, str(tmp_path / "site.pem")), NAMES)
    assert "unable to get local issuer certificate" in refused(Tls(given=files, acme=None, authority=None))


def test_wildcard_covers_one_label(made):
    assert given_certificate(believed(made("sepp.site.example", "*.sepp.site.example")), NAMES)
    assert f"is not for {NAMES[1]}, {NAMES[2]}" in refused(believed(made("sepp.site.example", "*.site.example")))


def test_certificate_without_names_is_refused(made):
    assert "is not for sepp.site.example, login" in refused(believed(made()))


@pytest.mark.parametrize(("days", "words"), [(31, "expired on 20"), (-1, "is not valid before 20")])
def test_certificate_out_of_its_time_is_refused_with_its_day(made, monkeypatch, days, words):
    files, now = made(*NAMES), datetime.now(UTC)
    monkeypatch.setattr(given, "datetime", SimpleNamespace(now=lambda zone: now + timedelta(days=days)))
    assert words in refused(believed(files))


def test_key_of_another_certificate_is_refused(made):
    files, other = made(*NAMES), made(*NAMES, name="other")
    mixed = Files.model_validate({"certificate": files.certificate, "key": other.key})
    assert "is not the key of" in refused(believed(mixed))


def test_what_is_no_certificate_is_refused(made, tmp_path: Path):
    files = made(*NAMES)
    Path(files.certificate).write_text("nothing")
    assert "no certificate and key in PEM" in refused(believed(files))
    Path(files.certificate).unlink()
    assert "cannot be read" in refused(believed(files))


def test_the_program_stops_before_it_registers_anything(made, monkeypatch, tmp_path: Path):
    files = made(*NAMES)
    config = {
        "sepp:domain": "other.site.example",
        "sepp:missions": ["planck"],
        "sepp:tls": {"given": {"certificate": files.certificate, "key": files.key}},
    }
    (tmp_path / "Pulumi.demo.yaml").write_text(json.dumps({"config": config}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "demo")
    with pytest.raises(pulumi.RunError, match=r"sepp:tls\.given: .* is not for other\.site\.example"):
        program.selected("local")
