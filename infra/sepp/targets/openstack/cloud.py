"""What a project of a cloud offers, as plain values: the program, the preflight and the tests use the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """A size of servers: cores, and memory and root disk in bytes."""

    id: str
    name: str
    cpu: int
    memory: int
    disk: int


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much of a quota is used; `most` is None where there is no limit."""

    used: int
    most: int | None

    def lacks(self, more: int) -> int:
        """Return by how much the quota is too small for so many more."""
        return 0 if self.most is None else max(0, self.used + more - self.most)


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image of servers that the kit made: what from (a hash), when (ISO 8601, UTC), and its size in bytes."""

    id: str
    name: str
    made_from: str
    created: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A volume as the cloud has it: size in GiB, and type."""

    size: int
    type: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server of the platform as the cloud sees it now; `status` is the cloud's word, like `ACTIVE`.

    `image` is the id of the image that it was made from, empty where it starts from a volume.
    """

    id: str
    name: str
    status: str
    reason: str = ""
    image: str = ""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the cloud has of the platform, by its marks: the ids of everything, its servers, and what counts as used."""

    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kind and name, like `port sepp-demo-core`, by id."""
    servers: tuple[Server, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A project: `project` is its id. Images, networks and the like are ids by name and by id."""

    project: str
    flavours: tuple[Flavour, ...]
    images: Mapping[str, str]
    networks: Mapping[str, str]
    external_networks: Mapping[str, str]
    subnets: Mapping[str, str]
    ranges: Mapping[str, str]
    """The range of each subnet of the project, by its id."""
    routers: Mapping[str, str]
    volumes: Mapping[str, str]
    volume_types: frozenset[str]
    zones: frozenset[str]
    volume_zones: frozenset[str]
    dns_zones: Mapping[str, str]
    limits: Mapping[str, Limit]
    disks: Mapping[str, Disk] = field(default_factory=dict[str, Disk])
    """What the volumes that can be used are, by id."""
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """Floating addresses of the project, as ids by address and by id."""
    holders: Mapping[str, str] = field(default_factory=dict[str, str])
    """What has a volume or a floating address, a server or a port, by the id of what it has."""
    own_images: tuple[Image, ...] = ()
    """Images that the kit made in this project."""
    images_in_use: frozenset[str] = frozenset()
    """Ids of the images that servers of the project were made from, whosoever's they are."""
    made: Made = field(default_factory=Made)
    jump_answers: bool = True
    """Whether the site's own jump host does, if the settings name one."""

    @property
    def outside(self) -> Mapping[str, str]:
        """The names of the external networks, by name and by id: the provider finds them by name only."""
        names = {identity: name for name, identity in self.external_networks.items() if name != identity}
        return {key: names.get(identity, key) for key, identity in self.external_networks.items()}
