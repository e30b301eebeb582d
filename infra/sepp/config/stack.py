"""Pulumi stack files: which part of them is the platform's."""

import difflib

from sepp.config.document import Document, read_entries
from sepp.config.errors import hint, quoted
from sepp.config.platform import Platform
from sepp.config.tree import Mapping, Node, Scalar

NAMESPACE = "sepp"
"""Before the colon of every key that is the platform's."""

_HEAD = "'config:' with settings below, for example: 'sepp:domain: sepp.localhost'"


def read_settings(document: Document, root: Mapping) -> None:
    """Fill a document with the settings `sepp:*` below `config:`; what belongs to others is left alone."""
    found = [(key, value) for key, value in root.pairs if key.text == "config"]
    for key, _ in found[1:]:
        document.fault((key.line, key.column), (), "the key 'config' stands here twice: keep one of them")
    key, settings = found[0] if found else (root, root)
    document.root.key, document.root.place = (key.line, key.column), (settings.line, settings.column)
    if not found or not isinstance(settings, Mapping):
        document.trap(document.root.key, (), f"wanted is {_HEAD}")
        return
    document.prefix = f"{NAMESPACE}:"
    ours = [(key, _own_name(document, key), value) for key, value in settings.pairs]
    read_entries(
        document,
        Mapping(
            settings.line,
            settings.column,
            pairs=[
                (Scalar(key.line, key.column, text=name, plain=False), value)
                for key, name, value in ours
                if name is not None and not _encrypted(document, key, name, value)
            ],
        ),
    )


def _own_name(document: Document, key: Scalar) -> str | None:
    """Return a setting's name without the namespace, None if it is not the platform's or not a setting at all."""
    namespace, colon, name = key.text.partition(":")
    if colon and namespace == NAMESPACE:
        return name
    if not colon:
        words = hint(key.text, [document.prefix + field for field in Platform.model_fields], "")
        document.fault((key.line, key.column), (), f"a key without a namespace: {quoted(key.text)} {words}")
    elif difflib.SequenceMatcher(None, namespace.casefold(), NAMESPACE).ratio() > 0.7:
        meant = f"(did you mean '{document.prefix}{name[:40]}'?)"
        document.fault((key.line, key.column), (), f"unknown namespace {quoted(namespace)} {meant}")
    return None


def _encrypted(document: Document, key: Scalar, name: str, value: Node) -> bool:
    """Tell whether a value was written by `pulumi config set --secret`, and note that it cannot be used."""
    if not isinstance(value, Mapping) or [below.text for below, _ in value.pairs] != ["secure"]:
        return False
    document.trap((key.line, key.column), (name,), "an encrypted value: no setting is secret, write the value itself")
    return True
