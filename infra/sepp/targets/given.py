"""The entrance's certificate when the operator gives one: judged before anything is made with it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sepp.config.platform import Certificate as Files
from sepp.deployment import Certificate
from sepp.engine.errors import EngineError


def given_certificate(files: Files, names: Sequence[str]) -> Certificate:
    """Read a certificate and its key; EngineError tells all that keeps them from serving these host names."""
    texts: list[str] = []
    for path in (files.certificate, files.key):
        try:
            texts.append(Path(path).read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise EngineError(f"sepp:tls.given: {path} cannot be read: {error}", f"ls -l {path}") from error
    pair = Certificate(certificate=texts[0], key=texts[1])
    faults = list(_faults(files, pair, names))
    if faults:
        raise EngineError(f"sepp:tls.given: {'; '.join(faults)}", f"openssl x509 -noout -text -in {files.certificate}")
    return pair


def _faults(files: Files, pair: Certificate, names: Sequence[str]) -> Iterator[str]:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
        key = serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: the key is encrypted
        yield f"{files.certificate} and {files.key} are no certificate and key in PEM: {error}"
        return
    if key.public_key() != certificate.public_key():
        yield f"{files.key} is not the key of {files.certificate}"
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc < now:
        yield f"{files.certificate} expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now:
        yield f"{files.certificate} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    missing = [name for name in names if not _covers(_names(certificate), name)]
    if missing:
        yield f"{files.certificate} is not for {', '.join(missing)}"


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in extension.value.get_values_for_type(x509.DNSName)}


def _covers(names: set[str], name: str) -> bool:
    """Tell whether a host name is among a certificate's, where `*` stands for one label (RFC 6125, 6.4.3)."""
    return name in names or f"*.{name.partition('.')[2]}" in names
