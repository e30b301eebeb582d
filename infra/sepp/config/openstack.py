"""Settings of the OpenStack target: what of the cloud the platform uses."""

from typing import Literal

from pydantic import Field

from sepp.config.mission import Model
from sepp.config.text import Address, CloudName, Domain, HostKey, Name, Price, Subnet, UserName
from sepp.config.units import GIB, Size


class ExistingNetwork(Model):
    """A network that the project has already."""

    network: CloudName = Field(title="Network", examples=["5f2c9f9e-5a51-4a38-9f4f-0a2a3c1f7b11"])
    """Name or id of the network."""
    subnet: CloudName = Field(title="Subnet", examples=["platform-v4"])
    """Name or id of its subnet, which has the range `sepp:openstack.subnet`."""


class ExistingJump(Model):
    """A jump host that the site has already."""

    address: Address = Field(title="Address", examples=["198.51.100.7"])
    """Address at which operators reach it."""
    inside: Address = Field(title="Address inside", examples=["10.90.16.5"])
    """Address from which it reaches the platform's hosts."""
    user: UserName = Field(title="User", examples=["operator"])
    """User to sign in as, with a key of the operator's own ssh agent."""
    host_key: HostKey = Field(
        title="Host key",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7m9yI9l0b2o5m0r0uY6r7v2q0m5Jp2m0c8nXf3b1aK"],
    )
    """The jump host's public key, as `ssh-keyscan` prints it, without the name."""


class VolumeSettings(Model):
    """How a volume is kept."""

    size: Size = Field(title="Size", examples=["2 TiB"])
    """Size; volumes grow while in use and never shrink."""
    type: CloudName | None = Field(None, title="Type", examples=["ssd"])
    """Volume type; the default is `sepp:openstack.volume_type`."""


class Prices(Model):
    """What the cloud asks for a month, all in one currency."""

    flavours: dict[CloudName, Price] = Field({}, title="Flavours", examples=[{"m1.large": "61.50 EUR"}])
    """Price of a server, by its flavour."""
    volumes: dict[CloudName, Price] = Field({}, title="Volumes", examples=[{"ssd": "0.09 EUR"}])
    """Price of a GiB, by volume type; `default` is that of volumes for which the settings name none."""
    address: Price | None = Field(None, title="Address", examples=["3.50 EUR"])
    """Price of a floating address."""


class OpenStack(Model):
    """Settings of the OpenStack target."""

    cloud: CloudName = Field(title="Cloud", examples=["site"])
    """Entry of `clouds.yaml` with the credentials."""
    region: CloudName | None = Field(None, title="Region", examples=["RegionOne"])
    """Region; the default is that of `clouds.yaml`."""
    image: CloudName | None = Field(None, title="Image", examples=["debian-13-genericcloud"])
    """Name or id of a plain image (Debian 13 with cloud-init) for new hosts for which the kit has made none."""
    operators: tuple[Subnet, ...] = Field((), title="Operators' networks", examples=[["192.0.2.0/24"]])
    """Networks from which operators reach the jump host that the kit makes, as address/length."""
    jump: ExistingJump | None = Field(None, title="Existing jump host")
    """A jump host of the site's; without one the kit makes one."""
    external_network: CloudName | None = Field(None, title="External network", examples=["public"])
    """Network outside of the project: the router leads to it, and floating addresses are from it."""
    provider_network: CloudName | None = Field(None, title="Provider network", examples=["dmz"])
    """Network on which the entrance and the jump host get their public addresses, in place of floating ones."""
    subnet: Subnet = Field("10.90.16.0/20", title="Subnet", examples=["10.90.16.0/20"])
    """Range of the platform's network."""
    network: ExistingNetwork | None = Field(None, title="Existing network")
    """A network that is there already; without one the kit makes it, with a router."""
    router: CloudName | None = Field(None, title="Existing router", examples=["site-router"])
    """Name or id of a router to which the kit's network is connected, in place of one of its own."""
    nameservers: tuple[Address, ...] = Field((), title="Name servers", examples=[["192.0.2.53"]])
    """Name servers of the kit's network; without any the cloud's own are used."""
    flavours: dict[str, CloudName] = Field({}, title="Flavours", examples=[{"core": "m1.large"}])
    """Flavour of a host by its name (`jump` is the jump host); others get the smallest that fits."""
    zone: CloudName | None = Field(None, title="Zone", examples=["nova"])
    """Availability zone of servers; the default is the cloud's choice."""
    volume_zone: CloudName | None = Field(None, title="Volume zone", examples=["nova"])
    """Availability zone of volumes; the default is the cloud's choice."""
    volume_type: CloudName | None = Field(None, title="Volume type", examples=["standard"])
    """Type of volumes that name none; the default is the cloud's choice."""
    volumes: dict[str, VolumeSettings] = Field({}, title="Volumes", examples=[{"scratch": {"size": "2 TiB"}}])
    """Sizes and types by tier (all missions) or by volume, like `planck-scratch`, which wins."""
    volume_size: Size = Field(100 * GIB, title="Volume size", examples=["100 GiB"])
    """Size of tiers' volumes that name none."""
    encrypted_types: tuple[CloudName, ...] = Field((), title="Encrypted volume types", examples=[["luks"]])
    """Volume types that encrypt; if any are named, every volume has to be of one of them."""
    repositories: dict[Name, CloudName] = Field({}, title="Repositories", examples=[{"planck": "planck-archive"}])
    """Volume, by name or id, with the data of a mission whose repository is a directory: mounted there, read-only."""
    adopt: dict[str, CloudName] = Field({}, title="Adopt", examples=[{"planck-persistent": "a1b2c3d4"}])
    """Ids of volumes, and of floating addresses (`entrance`, `jump`), that exist already and become the platform's."""
    dns_zone: Domain | None = Field(None, title="DNS zone", examples=["site.example"])
    """Zone of the cloud's DNS in which names are made; else `up` lists the records to make."""
    prices: Prices | None = Field(None, title="Prices")
    """Price list; with it `plan` tells what the platform costs."""
    quota_backend: Literal["xfs_project", "btrfs_qgroup"] = Field(
        "xfs_project", title="Quota backend", examples=["btrfs_qgroup"]
    )
    """How hard limits are enforced on the storage hosts."""

    def volume(self, name: str, tier: str | None) -> VolumeSettings | None:
        """Return what is set for a volume: its own settings, or those of its tier."""
        return self.volumes.get(name) or self.volumes.get(tier or "")
