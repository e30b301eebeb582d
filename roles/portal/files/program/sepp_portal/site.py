"""What the portal shows, as the role writes it from the platform's plan."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all: of a mission file only what the portal shows is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Contact(Model):
    """Who answers for a mission."""

    team: str
    email: str | None = None
    url: str | None = None


class Limits(Model):
    """What one user may use at the same time; sizes as in the mission's file."""

    cpu: int
    memory: str
    servers: int
    jobs: int


class Actor(Model):
    """A class of users."""

    description: str | None = None
    groups: tuple[str, ...]
    reads: tuple[str, ...]
    may: tuple[str, ...]
    limits: Limits


class Collection(Model):
    """A part of the repository."""

    description: str


class Repository(Model):
    """The mission's data."""

    collections: dict[str, Collection]


class Tier(Model):
    """A kind of storage; quota and age of purge as in the mission's file."""

    quota: str
    purge_after: str | None = None


class Share(Model):
    """A folder of groups; quota as in the mission's file."""

    groups: tuple[str, ...]
    quota: str


class Storage(Model):
    """The tiers of a mission."""

    repository: Repository | None = None
    persistent: Tier | None = None
    scratch: Tier | None = None
    public: Tier | None = None
    shares: dict[str, Share] = {}


class Interactive(Model):
    """The tools of a mission."""

    kernels: tuple[str, ...]
    desktop: tuple[str, ...] = ()
    examples: str | None = None
    collaboration: bool = False


class Link(Model):
    """A further page of a mission."""

    title: str
    url: str


class Portal(Model):
    """A mission's public page."""

    summary: str
    faq: str | None = None
    links: tuple[Link, ...] = ()


class Mission(Model):
    """A mission that the platform serves."""

    mission: str
    title: str
    use_case: str
    contact: Contact | None = None
    adoption: dict[str, str]
    actors: dict[str, Actor]
    storage: Storage | None = None
    interactive: Interactive | None = None
    portal: Portal | None = None

    def readers(self, collection: str) -> tuple[str, ...]:
        """Return the actors that may read a collection."""
        return tuple(name for name, actor in self.actors.items() if {"all", collection} & {*actor.reads})

    def actors_of(self, groups: frozenset[str]) -> dict[str, Actor]:
        """Return the actors that a user with these groups is; everybody is in `everyone`."""
        return {name: actor for name, actor in self.actors.items() if {*actor.groups} & (groups | {"everyone"})}


class Milestone(Model):
    """A scenario on the roadmap."""

    scenario: str
    title: str
    summary: str
    planned: str
    delivered: bool
    early: tuple[str, ...]
    followers: tuple[str, ...]
    observers: tuple[str, ...]


class Row(Model):
    """A line of the adoption matrix."""

    mission: str
    use_case: str
    title: str
    adoption: dict[str, str]


class Probe(Model):
    """How to see whether a service works: `url` answers with 200, or `host` accepts connections on `port`.

    `server_name` is the name that a certificate must have, where it is not the address's own.
    """

    name: str
    title: str
    area: str
    kind: Literal["http", "tcp"]
    host: str
    port: int
    path: str = "/"
    server_name: str | None = None


class Directory(Model):
    """Where users and groups are."""

    uri: str
    people: str
    groups: str
    reader: str


class Site(Model):
    """Everything that the pages are made from. Addresses have no slash at the end.

    `together` gives by mission and name the addresses of shares in which users work together in real time.
    """

    title: str
    url: str
    login_url: str
    files_url: str
    missions: tuple[Mission, ...]
    hubs: dict[str, str]
    together: dict[str, dict[str, str]] = {}
    roadmap: tuple[Milestone, ...]
    adoption: tuple[Row, ...]
    legend: dict[str, str]
    letters: dict[str, str]
    probes: tuple[Probe, ...]
    usage: dict[str, str] = {}
    content: dict[str, tuple[str, ...]]
    directory: Directory

    def mission(self, name: str) -> Mission | None:
        """Return the mission with this name."""
        return next((mission for mission in self.missions if mission.mission == name), None)

    @classmethod
    def read(cls, path: Path) -> "Site":
        """Read the file that the role wrote; ValidationError if it is not complete."""
        return cls.model_validate_json(path.read_bytes())
