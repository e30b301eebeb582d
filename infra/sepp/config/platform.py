"""The platform's settings: the Pulumi stack file `stacks/<target>/Pulumi.<platform>.yaml`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from sepp.config.kubernetes import Kubernetes
from sepp.config.mission import Model
from sepp.config.openstack import OpenStack
from sepp.config.text import AbsolutePath, Address, Domain, Email, Name, ServiceUrl, Subnet, Title, Url
from sepp.config.units import GIB, Size


def _unquoted(value: object) -> object:
    """Accept a number in quotes: `pulumi config set` writes every value so."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


Number = Annotated[
    int,
    BeforeValidator(_unquoted),
    WithJsonSchema({"type": ["integer", "string"], "pattern": r"^\d{1,9}$", "minimum": 1, "maximum": 65535}),
]
"""A number at the top level of a stack file."""


class Cas(Model):
    """A sign-on service that the site already has; the platform then deploys none of its own."""

    url: ServiceUrl = Field(title="Address", examples=["https://sso.site.example/cas"])
    """Address of the CAS server, without a slash at the end."""


class Certificate(Model):
    """The entrance's TLS certificate, given by the operator."""

    certificate: AbsolutePath = Field(title="Certificate", examples=["/etc/ssl/platform/chain.pem"])
    """PEM file with the certificate and its chain."""
    key: AbsolutePath = Field(title="Key", examples=["/etc/ssl/platform/key.pem"])
    """PEM file with the private key, readable by the operator only."""


class Acme(Model):
    """The entrance's TLS certificate, ordered by the ACME protocol (RFC 8555)."""

    directory: Url = Field(title="Directory", examples=["https://acme.site.example/directory"])
    """Address of the ACME directory."""
    email: Email = Field(title="E-mail", examples=["ops@site.example"])
    """Account's address for warnings of the authority."""


class Tls(Model):
    """Where the entrance's certificate comes from; empty means an authority of the platform's own."""

    given: Certificate | None = Field(None, title="Given certificate")
    """A certificate of the operator's."""
    acme: Acme | None = Field(None, title="ACME")
    """A certificate by ACME."""
    authority: AbsolutePath | None = Field(None, title="Authority", examples=["/etc/ssl/platform/authority.pem"])
    """PEM file of the site's own authorities, which services and `sepp` then believe as they do Debian's."""


class HostSize(Model):
    """Size of one host."""

    cpu: int = Field(title="Cores", ge=1, le=1024, examples=[8])
    """Cores (count)."""
    memory: Size = Field(title="Memory", examples=["32 GiB"])
    """Memory."""


class Local(Model):
    """Settings of the local target."""

    subnet: Subnet = Field("10.89.16.0/20", title="Subnet", examples=["10.89.16.0/20"])
    """Private network of the platform's hosts; platforms on one machine need different ones."""
    address: Address = Field("127.0.0.1", title="Address", examples=["127.0.0.1"])
    """Address of the machine on which the entrance listens."""
    quota_backend: Literal["btrfs_qgroup", "xfs_project", "loop"] = Field(
        "btrfs_qgroup", title="Quota backend", examples=["loop"]
    )
    """How hard limits are enforced: `loop` limits a whole tier, the others each user."""
    volume_size: Size = Field(20 * GIB, title="Volume size", examples=["20 GiB"])
    """Size of each tier's volume file (sparse: it takes what is used)."""
    data: AbsolutePath | None = Field(None, title="Data folder", examples=["/srv/sepp"])
    """Folder of the volume files; the default is the user's data folder."""


class Platform(Model):
    """One deployed SEPP."""

    domain: Domain = Field(title="Domain", examples=["sepp.localhost"])
    """The portal's host name; CAS is at `login.<domain>`, each mission at `<mission>.<domain>`."""
    port: Number = Field(443, title="Port", ge=1, le=65535, examples=[8443])
    """Port of the TLS entrance."""
    title: Title = Field("Science Exploitation and Preservation Platform", title="Title", examples=["SEPP of our site"])
    """The platform's name on the portal and on the sign-in page."""
    missions: tuple[Name, ...] = Field(title="Missions", min_length=1, examples=[["planck"]])
    """Missions that the platform serves; each is a file in `mission_configs/`."""
    cas: Cas | None = Field(None, title="External CAS")
    """A sign-on service that the site already has."""
    tls: Tls = Field(
        default_factory=lambda: Tls.model_validate({}),
        title="TLS",
        examples=[{"given": {"certificate": "/etc/ssl/platform/chain.pem", "key": "/etc/ssl/platform/key.pem"}}],
    )
    """Where the entrance's certificate comes from."""
    sizes: dict[str, HostSize] = Field({}, title="Sizes", examples=[{"planck": {"cpu": 16, "memory": "64 GiB"}}])
    """Sizes of hosts that differ from the plan's own, by host name."""
    users: AbsolutePath | None = Field(None, title="Users", examples=["/etc/sepp/users.yaml"])
    """File of users to keep in the directory (see the operator guide)."""
    local: Local = Field(
        default_factory=lambda: Local.model_validate({}), title="Local target", examples=[{"subnet": "10.89.32.0/20"}]
    )
    """Settings of the local target."""
    openstack: OpenStack | None = Field(None, title="OpenStack target")
    """Settings of the OpenStack target, which needs them."""
    kubernetes: Kubernetes | None = Field(None, title="Kubernetes target")
    """Settings of the Kubernetes target, which needs them."""
