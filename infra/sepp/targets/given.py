"""The entrance's certificate when the operator gives one: judged before anything is made with it."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sepp.config.platform import Certificate as Files
from sepp.config.platform import Tls
from sepp.deployment import Certificate
from sepp.engine.errors import EngineError
from sepp.targets.trust import outside_authority

_MOST_TURNS = 3
"""After which both ends of a handshake are done (RFC 8446, section 2)."""


def given_certificate(tls: Tls, names: Sequence[str]) -> Certificate | None:
    """Read the operator's certificate and key, where there are any.

    EngineError tells all that keeps them from serving these host names to clients that believe the site's authorities,
    or those of this machine.
    """
    if tls.given is None:
        return None
    pair = _read(tls.given, names)
    if refusal := _refusal(tls.given, names[0], outside_authority(tls)):
        raise EngineError(
            f"sepp:tls.given: services refuse {tls.given.certificate}, of whoever signed it ({refusal})",
            "name a PEM file of who signed it in sepp:tls.authority, or add the certificates between to the chain",
        )
    return pair


def _read(files: Files, names: Sequence[str]) -> Certificate:
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


def _refusal(files: Files, name: str, authority: Path) -> str:
    """Return why a client that believes these authorities breaks off; nothing if it does not."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(files.certificate, files.key)
    client.load_verify_locations(authority)
    asked, answered = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(answered, asked, server_hostname=name),
        server.wrap_bio(asked, answered, server_side=True),
    )
    for _ in range(_MOST_TURNS):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in extension.value.get_values_for_type(x509.DNSName)}


def _covers(names: set[str], name: str) -> bool:
    """Tell whether a host name is among a certificate's, where `*` stands for one label (RFC 6125, 6.4.3)."""
    return name in names or f"*.{name.partition('.')[2]}" in names
