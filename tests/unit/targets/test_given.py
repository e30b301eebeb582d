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
from sepp.engine.errors import EngineError
from sepp.targets import given, program
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


def refused(files: Files) -> str:
    with pytest.raises(EngineError) as raised:
        given_certificate(files, NAMES)
    assert raised.value.next_step
    return str(raised.value)


def test_certificate_for_every_name_is_taken(made):
    assert "BEGIN CERTIFICATE" in given_certificate(made(*NAMES), NAMES).certificate


def test_wildcard_covers_one_label(made):
    assert given_certificate(made("sepp.site.example", "*.sepp.site.example"), NAMES).key
    assert f"is not for {NAMES[1]}, {NAMES[2]}" in refused(made("sepp.site.example", "*.site.example"))


def test_certificate_without_names_is_refused(made):
    assert "is not for sepp.site.example, login" in refused(made())


@pytest.mark.parametrize(("days", "words"), [(31, "expired on 20"), (-1, "is not valid before 20")])
def test_certificate_out_of_its_time_is_refused_with_its_day(made, monkeypatch, days, words):
    files, now = made(*NAMES), datetime.now(UTC)
    monkeypatch.setattr(given, "datetime", SimpleNamespace(now=lambda zone: now + timedelta(days=days)))
    assert words in refused(files)


def test_key_of_another_certificate_is_refused(made):
    files, other = made(*NAMES), made(*NAMES, name="other")
    mixed = Files.model_validate({"certificate": files.certificate, "key": other.key})
    assert "is not the key of" in refused(mixed)


def test_what_is_no_certificate_is_refused(made, tmp_path: Path):
    files = made(*NAMES)
    Path(files.certificate).write_text("nothing")
    assert "no certificate and key in PEM" in refused(files)
    Path(files.certificate).unlink()
    assert "cannot be read" in refused(files)


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
