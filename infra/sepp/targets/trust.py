"""Whom the platform's services and the operator's machine believe, besides the platform's own authority."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from sepp.config.platform import Tls
from sepp.engine.errors import EngineError

SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
"""PEM file of the authorities that the operator's machine trusts."""


def outside_authority(tls: Tls) -> Path:
    """Return the PEM file of who signs a certificate of the entrance that is not the platform's own."""
    return Path(tls.authority) if tls.authority else SYSTEM_TRUST


def believed(own: str, tls: Tls) -> str:
    """Return whom services believe besides Debian's authorities (PEM): the platform's own, first, and the site's.

    EngineError says why a file of the site's authorities is none.
    """
    return own if tls.authority is None else f"{own.rstrip()}\n{_site(Path(tls.authority))}"


def check_authority(tls: Tls) -> None:
    """Judge the file of the site's authorities; EngineError says what is wrong with it."""
    believed("", tls)


def _site(file: Path) -> str:
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise EngineError(f"sepp:tls.authority: {file} cannot be read: {error}", f"ls -l {file}") from error
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        message = f"sepp:tls.authority: {file} holds no certificate in PEM: {error}"
        raise EngineError(message, f"openssl x509 -noout -text -in {file}") from error
    if faults := [fault for certificate in certificates for fault in _faults(certificate)]:
        raise EngineError(f"sepp:tls.authority: {file}: {'; '.join(faults)}", f"openssl x509 -noout -text -in {file}")
    return text


def _faults(certificate: x509.Certificate) -> Iterator[str]:
    name = certificate.subject.rfc4514_string()
    try:
        signs = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        signs = False
    if not signs:
        yield f"{name} is no authority (basic constraints, RFC 5280, 4.2.1.9)"
    if certificate.not_valid_after_utc < datetime.now(UTC):
        yield f"{name} expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
