"""The mission file: what a mission wants from the platform, never how it is deployed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sepp.config.text import (
    AbsolutePath,
    Authority,
    Calendar,
    CloudName,
    CollectionPath,
    DebianPackage,
    Email,
    Group,
    LicenceServer,
    Line,
    Name,
    Nfs,
    PythonPackage,
    RelativePath,
    Sha256,
    Text,
    Title,
    Url,
    UseCase,
    Variable,
)
from sepp.config.units import GIB, Duration, Size

Adoption = Literal["early", "follower", "observer", "unknown"]
Permission = Literal["submit", "publish", "develop"]


class Model(BaseModel):
    """Base of all configuration models: unknown keys are refused, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, regex_engine="python-re", use_attribute_docstrings=True
    )


class Contact(Model):
    """Who answers for the mission."""

    team: Line = Field(title="Team", examples=["Planck Science Office"])
    """The team that runs the mission's area."""
    email: Email | None = Field(None, title="E-mail", examples=["help@mission.example"])
    """Address for users' questions; shown on the portal."""
    url: Url | None = Field(None, title="Page", examples=["https://mission.example/help"])
    """The mission's own help page; shown on the portal."""


class Scenarios(Model):
    """How the mission stands to each of the seven scenarios."""

    SA: Adoption = Field("unknown", title="Storage Area", examples=["follower"])
    """Storage Area: personal and shared storage beside the data."""
    IA: Adoption = Field("unknown", title="Interactive Analysis", examples=["follower"])
    """Interactive Analysis: notebooks, terminal and desktop."""
    WL: Adoption = Field("unknown", title="Web instantiation of legacy systems", examples=["follower"])
    """Web instantiation of legacy systems."""
    EP: Adoption = Field("unknown", title="Execution of pipelines", examples=["follower"])
    """Execution of the project's and of users' pipelines."""
    PD: Adoption = Field("unknown", title="Pipeline development", examples=["follower"])
    """Pipeline development framework."""
    VO: Adoption = Field("unknown", title="Virtual Observatory", examples=["follower"])
    """Interoperability with the Virtual Observatory."""
    ST: Adoption = Field("unknown", title="Store", examples=["follower"])
    """Science App Store."""


class Limits(Model):
    """What one user of an actor may use at the same time."""

    cpu: int = Field(2, title="Cores", ge=1, le=1024, examples=[8])
    """Cores of one server (count)."""
    memory: Size = Field(4 * GIB, title="Memory", examples=["32 GiB"])
    """Memory of one server, as a size."""
    servers: int = Field(1, title="Servers", ge=1, le=20, examples=[1])
    """Servers that run at the same time (count)."""
    jobs: int = Field(10, title="Jobs", ge=0, le=100_000, examples=[10])
    """Pipeline jobs that wait or run at the same time (count)."""


class Actor(Model):
    """A class of users with the same rights and limits."""

    groups: tuple[Group, ...] = Field(title="Groups", min_length=1, examples=[["planck-collaboration"]])
    """Groups of the directory whose members are this actor; `everyone` means all who can sign in."""
    reads: tuple[Name, ...] = Field((), title="Reads", examples=[["all"], ["maps"]])
    """Collections of the repository that this actor may read; `all` means every collection."""
    may: tuple[Permission, ...] = Field((), title="May", examples=[["submit", "publish"]])
    """Further rights: submit pipeline jobs, publish to the public tier, develop pipelines."""
    limits: Limits = Field(
        default_factory=lambda: Limits.model_validate({}), title="Limits", examples=[{"cpu": 8, "memory": "32 GiB"}]
    )
    """What one user may use at the same time."""
    description: Line | None = Field(None, title="Description", examples=["Members of the collaboration"])
    """Who these users are, for the portal."""


class Source(Model):
    """Where the repository's files are; exactly one of the fields."""

    directory: AbsolutePath | None = Field(None, title="Directory", examples=["/srv/missions/planck"])
    """A directory of the machine (local target) or of the storage host."""
    nfs: Nfs | None = Field(None, title="NFS export", examples=["nas:/planck"])
    """An NFS export, mounted read-only."""
    volume: CloudName | None = Field(None, title="Volume", examples=["planck-repository"])
    """An existing volume or share of the cloud, by name or id."""
    demo: Literal["planck"] | None = Field(None, title="Demonstration data", examples=["planck"])
    """Demonstration data that the kit makes itself from public packages."""


class Collection(Model):
    """A part of the repository that rights are granted to."""

    path: CollectionPath = Field(title="Path", examples=["maps"])
    """Folder below the repository's source."""
    description: Line = Field(title="Description", examples=["Frequency and component maps"])
    """What the files are, for people."""


class Repository(Model):
    """The mission's data, read-only for all users."""

    source: Source = Field(title="Source", examples=[{"directory": "/srv/missions/planck"}])
    """Where the files are."""
    collections: dict[Name, Collection] = Field(title="Collections", min_length=1)
    """The parts of the repository, by name."""


class Persistent(Model):
    """Private storage that is kept."""

    quota: Size = Field(title="Quota", examples=["100 GiB"])
    """Hard limit for each user."""


class Scratch(Model):
    """Private storage for intermediate files, purged by age."""

    quota: Size = Field(title="Quota", examples=["1 TiB"])
    """Hard limit for each user."""
    purge_after: Duration = Field(30 * 86400, title="Purge after", examples=["30 d"])
    """Files that were neither read nor written for this long are deleted."""


class Public(Model):
    """Files that users publish: everybody may read them, without sign-in."""

    quota: Size = Field(title="Quota", examples=["50 GiB"])
    """Hard limit for each user."""


class Share(Model):
    """A folder in which the members of groups work together."""

    groups: tuple[Group, ...] = Field(title="Groups", min_length=1, examples=[["planck-collaboration"]])
    """Groups whose members read and write here."""
    quota: Size = Field(title="Quota", examples=["200 GiB"])
    """Hard limit for the whole folder."""


class Storage(Model):
    """Storage Area (SA): the tiers of the mission."""

    repository: Repository | None = Field(None, title="Repository")
    """Read-only mission data."""
    persistent: Persistent | None = Field(None, title="Persistent tier")
    """Private storage that is kept; also the users' home."""
    scratch: Scratch | None = Field(None, title="Scratch tier")
    """Private storage that is purged by age."""
    public: Public | None = Field(None, title="Public tier")
    """Storage that everybody may read."""
    shares: dict[Name, Share] = Field({}, title="Shares")
    """Folders of groups, by name."""


class Packages(Model):
    """Software that the mission adds to its servers."""

    python: tuple[PythonPackage, ...] = Field((), title="Python packages", examples=[["healpy", "astropy"]])
    """Packages from the Python registry, with an optional version (`healpy==1.18.1`)."""
    debian: tuple[DebianPackage, ...] = Field((), title="Debian packages", examples=[["libcfitsio-dev"]])
    """Packages of Debian 13."""


class Application(Model):
    """Software that may not be redistributed: the operator provides the package."""

    package: AbsolutePath = Field(title="Package", examples=["/srv/packages/rstudio-server.deb"])
    """The package's file on the operator's machine."""
    sha256: Sha256 = Field(title="SHA-256", examples=["0" * 64])
    """The package's checksum; another file is refused."""


class Licensed(Model):
    """Licensed software: the operator provides the installation and the licence server."""

    directory: AbsolutePath = Field(title="Directory", examples=["/srv/packages/matlab"])
    """The installation on the operator's machine, mounted read-only."""
    licence_server: LicenceServer = Field(title="Licence server", examples=["27000@lic"])
    """The licence server as port@host."""


class Interactive(Model):
    """Interactive Analysis (IA): notebooks, terminal, desktop."""

    kernels: tuple[Literal["python", "r", "octave", "gdl"], ...] = Field(
        ("python",), title="Kernels", min_length=1, examples=[["python", "r", "octave", "gdl"]]
    )
    """Languages of the notebooks."""
    packages: Packages = Field(
        default_factory=lambda: Packages.model_validate({}), title="Packages", examples=[{"python": ["healpy"]}]
    )
    """Software that the mission adds."""
    desktop: tuple[Literal["topcat", "aladin", "ds9"], ...] = Field((), title="Desktop", examples=[["topcat"]])
    """Programs of the remote desktop; empty means no desktop."""
    examples: RelativePath | None = Field(None, title="Examples", examples=["examples/planck"])
    """Folder of example notebooks beside the mission files; shown on first start and on the portal."""
    idle_after: Duration = Field(3600, title="Idle after", examples=["1 h"])
    """A server without activity for this long is stopped."""
    collaboration: bool = Field(False, title="Collaboration", examples=[True])
    """Real-time collaboration in shares; only for groups whose members trust each other."""
    rstudio: Application | None = Field(None, title="RStudio Server")
    """RStudio Server, from the operator's package."""
    zeppelin: Application | None = Field(None, title="Apache Zeppelin")
    """Apache Zeppelin, from the operator's package."""
    matlab: Licensed | None = Field(None, title="Matlab")
    """Matlab, by the operator's licence server."""
    idl: Licensed | None = Field(None, title="IDL")
    """IDL, by the operator's licence server."""


class Partition(Model):
    """A pool of compute for the mission's jobs."""

    nodes: int = Field(1, title="Nodes", ge=1, le=1000, examples=[2])
    """Compute hosts (count)."""
    cpu: int = Field(title="Cores", ge=1, le=1024, examples=[16])
    """Cores of each node (count)."""
    memory: Size = Field(title="Memory", examples=["64 GiB"])
    """Memory of each node."""
    time_limit: Duration = Field(86400, title="Time limit", examples=["1 d"])
    """Longest run of a job."""


class Workflow(Model):
    """A pipeline of the mission, in CWL."""

    cwl: RelativePath = Field(title="Workflow", examples=["pipelines/planck/power-spectrum.cwl"])
    """The CWL file beside the mission files."""
    partition: Name = Field(title="Partition", examples=["batch"])
    """The partition that it runs in."""
    cpu: int = Field(1, title="Cores", ge=1, le=1024, examples=[4])
    """Cores of the largest step (count)."""
    memory: Size = Field(GIB, title="Memory", examples=["8 GiB"])
    """Memory of the largest step."""
    time: Duration = Field(3600, title="Time", examples=["2 h"])
    """Longest run of the workflow."""
    actors: tuple[Name, ...] = Field((), title="Actors", examples=[["collaboration"]])
    """Actors that may run it; empty means all that may submit."""
    schedule: Calendar | None = Field(None, title="Schedule", examples=["daily"])
    """When it runs by itself, as a systemd calendar expression."""


class Pipelines(Model):
    """Execution (EP) and development (PD) of pipelines."""

    partitions: dict[Name, Partition] = Field(title="Partitions", min_length=1)
    """Pools of compute, by name."""
    workflows: dict[Name, Workflow] = Field({}, title="Workflows")
    """The mission's own pipelines, by name."""
    development: bool = Field(False, title="Development", examples=[True])
    """The framework to develop and test pipelines (PD)."""


class Thread(Model):
    """A predefined environment of a legacy system, started on the fly."""

    title: Title = Field(title="Title", examples=["IRAF 2.18"])
    """Name for people."""
    packages: tuple[DebianPackage, ...] = Field(title="Debian packages", min_length=1, examples=[["iraf"]])
    """Packages that make the environment."""
    command: Line = Field(title="Command", examples=["xgterm -e irafcl"])
    """What is started in the desktop."""
    actors: tuple[Name, ...] = Field((), title="Actors", examples=[["collaboration"]])
    """Actors that may start it; empty means all."""


class Legacy(Model):
    """Web instantiation of legacy systems (WL)."""

    threads: dict[Name, Thread] = Field(title="Threads", min_length=1)
    """Predefined environments, by name."""


class VirtualObservatory(Model):
    """Interoperability with the Virtual Observatory (VO)."""

    authority: Authority = Field(title="Authority", examples=["planck.mission.example"])
    """The IVOA naming authority that the mission's resources are published under."""
    publishes: tuple[Name, ...] = Field((), title="Publishes", examples=[["maps"]])
    """Collections of the repository that the services publish."""
    protocols: tuple[Literal["tap", "sia", "ssa", "scs", "soda", "hips", "vospace"], ...] = Field(
        ("tap",), title="Protocols", min_length=1, examples=[["tap", "sia"]]
    )
    """Protocols that are offered."""
    user_schemas: bool = Field(False, title="User schemas", examples=[True])
    """A database user space: each user has a schema of her own for tables."""


class Store(Model):
    """Science App Store (ST)."""

    reviewers: tuple[Group, ...] = Field(title="Reviewers", min_length=1, examples=[["planck-reviewers"]])
    """Groups that approve what is submitted."""
    public: bool = Field(True, title="Public", examples=[False])
    """Approved apps are shown without sign-in."""


class Link(Model):
    """A link on the mission's page of the portal."""

    title: Title = Field(title="Title", examples=["Planck Legacy Archive"])
    """Text of the link."""
    url: Url = Field(title="Address", examples=["https://pla.mission.example"])
    """Where it leads."""


class Portal(Model):
    """The mission's public page."""

    summary: Text = Field(title="Summary", max_length=500, examples=["Maps of the oldest light."])
    """What the mission is and what its area is for, in a few sentences."""
    faq: RelativePath | None = Field(None, title="F.A.Q.", examples=["faq/planck"])
    """Folder of Markdown pages beside the mission files, one a question."""
    links: tuple[Link, ...] = Field((), title="Links")
    """Further pages of the mission."""


class Extension(Model):
    """A role of the mission's own that the kit applies to the mission's area."""

    role: RelativePath = Field(title="Role", examples=["extensions/planck/likelihood"])
    """Folder of the Ansible role beside the mission files."""
    variables: dict[Variable, str | int | bool] = Field({}, title="Variables", examples=[{"likelihood_version": "3.1"}])
    """Values for the role's arguments."""


class Mission(Model):
    """One space mission: what it wants from the platform."""

    mission: Name = Field(title="Mission", examples=["planck"])
    """The mission's name; the file has the same name."""
    title: Title = Field(title="Title", examples=["Planck Legacy Archive Collaborative Research Area"])
    """The area's name for people."""
    use_case: UseCase = Field(title="Use case", examples=["PLA-CRA"])
    """The id of the SEPP use case."""
    contact: Contact | None = Field(None, title="Contact")
    """Who answers for the mission."""
    adoption: Scenarios = Field(
        default_factory=lambda: Scenarios.model_validate({}),
        title="Adoption",
        examples=[{"SA": "early", "IA": "follower"}],
    )
    """How the mission stands to each scenario; the roadmap is made from it."""
    actors: dict[Name, Actor] = Field({}, title="Actors")
    """Classes of users, by name."""
    storage: Storage | None = Field(None, title="Storage (SA)", examples=[{"persistent": {"quota": "100 GiB"}}])
    """Storage Area."""
    interactive: Interactive | None = Field(None, title="Interactive (IA)", examples=[{"kernels": ["python", "r"]}])
    """Interactive Analysis."""
    pipelines: Pipelines | None = Field(None, title="Pipelines (EP, PD)")
    """Execution and development of pipelines."""
    legacy: Legacy | None = Field(None, title="Legacy systems (WL)")
    """Legacy systems in the browser."""
    vo: VirtualObservatory | None = Field(None, title="Virtual Observatory (VO)")
    """Virtual Observatory services."""
    store: Store | None = Field(None, title="Store (ST)")
    """Science App Store."""
    portal: Portal | None = Field(None, title="Portal")
    """The mission's public page."""
    extensions: dict[Name, Extension] = Field({}, title="Extensions")
    """Roles of the mission's own, by name."""
