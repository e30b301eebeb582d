"""The platform's ssh keys: each host's own, known before the host is made, and the one that opens them all."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from sepp.targets.provider import Properties, Provider, own

ENTRY = "entry"
"""The key that the kit signs in with."""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """Hosts that need a key."""

    hosts: tuple[str, ...]


class KeysProvider(Provider):
    """Keeps the keys in the stack's state, encrypted. A host that is made anew keeps its key."""

    def create(self, props: Properties) -> CreateResult:
        """Make a key for each host."""
        return CreateResult("keys", _with_keys(props, {}))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Make keys for new hosts."""
        return UpdateResult(_with_keys(_news, _olds["private"]))


class _Keys(Resource, module="sepp", name="Keys"):
    private: pulumi.Output[Mapping[str, str]]


class Keys(pulumi.ComponentResource):
    """The keys; `private` gives them by host, and `entry`, in OpenSSH's format."""

    private: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Keys", name, {}, opts)
        resource = _Keys(
            KeysProvider(),
            name,
            {"names": [ENTRY, *args.hosts], "private": None},
            pulumi.ResourceOptions(
                parent=self, protect=True, retain_on_delete=True, additional_secret_outputs=["private"]
            ),
        )
        self.private = resource.private
        self.register_outputs({})


def make_key() -> str:
    """Return a new private key (ed25519)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def public_of(private: str) -> str:
    """Return the public key of a private one, as one line without a name."""
    key = load_ssh_private_key(private.encode(), password=None).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _with_keys(props: Properties, private: Mapping[str, str]) -> Properties:
    new = {name: make_key() for name in props["names"] if name not in private}
    return {**own(props), "private": {**private, **new}}
