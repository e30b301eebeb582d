"""Whether a project has all that a platform needs, compared before anything is made. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from sepp.config.errors import hint
from sepp.config.openstack import OpenStack
from sepp.config.units import format_size
from sepp.converge.inventory import SSH
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.state import State
from sepp.targets.openstack import images
from sepp.targets.openstack.adopting import left
from sepp.targets.openstack.cloud import Cloud, Disk, Flavour
from sepp.targets.openstack.flavours import chosen, sizes
from sepp.targets.openstack.needs import WORDS, needs, public_hosts
from sepp.targets.openstack.volume import VOLUME, gibibytes, volume_type

_SHOWN = 5
"""Things of an unknown platform that are named."""


def demand(deployment: Deployment, settings: OpenStack, cloud: Cloud, state: State) -> dict[str, Flavour]:
    """Return the flavour of each server; EngineError if the project is not the stack's, or names all that it lacks."""
    check_project(state, cloud)
    flavours = chosen(deployment, settings, cloud.flavours, state.outputs.get("flavours", {}))
    lacking = list(lacks(deployment, settings, cloud, flavours, state))
    if lacking:
        lines = "".join(f"\n- {line}" for line in lacking)
        platform = f"{deployment.target}/{deployment.name}"
        raise EngineError(f"the platform cannot be made in this project as it is:{lines}", f"./sepp plan {platform}")
    return {name: flavour for name, flavour in flavours.items() if flavour is not None}


def check_project(state: State, cloud: Cloud) -> None:
    """Refuse what would make a second platform beside the one that is there. EngineError.

    With credentials of another project the engine would take all of the platform for lost; without its state it would
    not know the platform at all.
    """
    made_in = state.outputs.get("project")
    if made_in is not None and made_in != cloud.project:
        raise EngineError(
            f"these credentials are for the project {cloud.project}, but the platform is in {made_in}: "
            "a run here would forget all of it",
            "take the credentials of its own project",
        )
    known = {resource.outputs.get("id") for resource in state.resources}
    # A run that failed at once leaves a state as well, without anything of the cloud in it. One that was killed at once
    # leaves what it was about to make, and `pending` says so.
    if cloud.made.ids and known.isdisjoint(cloud.made.ids) and not state.pending:
        some = ", ".join(sorted(cloud.made.ids.values())[:_SHOWN])
        raise EngineError(
            f"the project {cloud.project} has a platform of this name already, and nothing is known of it here: {some}",
            "work where its state is, give this platform another name, or remove what an interrupted first run left",
        )


def lacks(
    deployment: Deployment,
    settings: OpenStack,
    cloud: Cloud,
    flavours: Mapping[str, Flavour | None],
    state: State,
) -> Iterator[str]:
    """Give, in words with numbers, all that the project lacks, and what a volume that is there cannot become."""
    yield from _names(settings, cloud)
    yield from _images(deployment, settings, cloud)
    yield from _in_use(settings, cloud)
    yield from _jump(settings, cloud)
    yield from _volume_types(deployment, settings, cloud)
    yield from _volumes(deployment, settings, cloud, state)
    for name, identities in left(deployment, cloud, state):
        if len(identities) > 1:
            yield f"one volume as {name}: {' and '.join(identities)} are marked as it; name one in 'adopt'"
    yield from _range(deployment, settings, cloud)
    yield from _flavours(deployment, settings, cloud, flavours)
    yield from _quotas(deployment, settings, cloud, {name: f for name, f in flavours.items() if f is not None})


def _names(settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    existing = settings.network
    for what, name, known in (
        ("image", settings.image, cloud.images),
        ("external network", settings.external_network, cloud.external_networks),
        ("network", settings.provider_network, cloud.networks),
        ("network", existing.network if existing else None, cloud.networks),
        ("subnet", existing.subnet if existing else None, cloud.subnets),
        ("router", settings.router, cloud.routers),
        ("zone", settings.zone, cloud.zones),
        ("volume zone", settings.volume_zone, cloud.volume_zones),
        ("DNS zone", settings.dns_zone, cloud.dns_zones),
        *(("volume", volume, cloud.volumes) for volume in settings.repositories.values()),
        *(_adopted(settings, cloud)),
    ):
        if name is not None and name not in known:
            yield f"{what} '{name}' {hint(name, sorted(known), 'there is none')}"


def _images(deployment: Deployment, settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    """Without a plain image in the settings each host needs one of the kit's own."""
    if settings.image is None:
        without = [name for name, image in images.chosen(deployment, settings, cloud).items() if image is None]
        if without:
            build = f"./sepp image build {deployment.target}/{deployment.name}"
            yield f"images of {', '.join(without)}: '{build}' makes them, or name a plain one in 'image'"


def _adopted(settings: OpenStack, cloud: Cloud) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Give kind and id of what is adopted, and what there is of this kind, by id."""
    for name, identity in settings.adopt.items():
        what, known = (
            ("floating address", cloud.addresses) if name in public_hosts(settings) else ("volume", cloud.volumes)
        )
        yield what, identity, {each: each for each in known.values()}


def _in_use(settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    """What somebody else's server has cannot be the platform's as well."""
    used = [*_adopted(settings, cloud), *(("volume", name, cloud.volumes) for name in settings.repositories.values())]
    for what, name, known in used:
        holder = cloud.holders.get(known.get(name, ""))
        if holder is not None and holder not in cloud.made.ids:
            yield f"{what} '{name}' for itself: {holder} has it; take it away there"


def _jump(settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    if settings.jump is not None and not cloud.jump_answers:
        yield f"a jump host that answers: {settings.jump.address} does not, at port {SSH}"


def _volume_types(deployment: Deployment, settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    wanted = {volume_type(settings, volume) for volume in deployment.volumes} - {None}
    for name in sorted(name for name in wanted if name):
        if name not in cloud.volume_types:
            yield f"volume type '{name}' {hint(name, sorted(cloud.volume_types), 'there is none')}"


def _volumes(deployment: Deployment, settings: OpenStack, cloud: Cloud, state: State) -> Iterator[str]:
    """Only a new volume would be smaller, or of another type; the data are on the old one."""
    there = {resource.name: str(resource.outputs["id"]) for resource in state.resources if resource.kind == VOLUME}
    for volume in deployment.volumes:
        has, adopted = there.get(volume.name), settings.adopt.get(volume.name)
        disk = cloud.disks.get(has or adopted or "")
        if has and adopted and has != adopted:
            yield f"{volume.name} on volume '{adopted}': its data are on {has}; take it out of 'adopt'"
        elif disk is not None:
            yield from _changed(volume.name, disk, gibibytes(volume.size), volume_type(settings, volume))


def _changed(name: str, disk: Disk, size: int, kind: str | None) -> Iterator[str]:
    if size < disk.size:
        yield f"{name} with {size} GiB: it has {disk.size} GiB, and volumes never shrink"
    if kind is not None and disk.type != kind:
        yield f"{name} of type '{kind}': it is of type '{disk.type}', and stays so; keep that in its settings"


def _range(deployment: Deployment, settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    """A network of the platform's own overlaps none to which its router may lead."""
    if settings.network is not None or cloud.made.used.get("subnets"):
        return
    own = IPv4Network(settings.subnet)
    for subnet, text in cloud.ranges.items():
        if IPv4Network(text).overlaps(own):
            yield f"the range {settings.subnet} is taken: the subnet {subnet} has {text}; choose another 'subnet'"


def _flavours(
    deployment: Deployment, settings: OpenStack, cloud: Cloud, flavours: Mapping[str, Flavour | None]
) -> Iterator[str]:
    offered = sorted(flavour.name for flavour in cloud.flavours)
    for name, (cpu, memory) in sizes(deployment, settings).items():
        flavour, named = flavours[name], settings.flavours.get(name)
        needed = f"{name} needs {cpu} cores and {format_size(memory)}"
        if flavour is None and named:
            yield f"flavour '{named}' of {name} {hint(named, offered, 'there is none')}"
        elif flavour is None:
            yield f"a flavour: {needed}, and none is large enough (there are: {', '.join(offered) or 'none'})"
        elif flavour.cpu < cpu or flavour.memory < memory:
            has = f"{flavour.cpu} cores and {format_size(flavour.memory)}"
            yield f"a larger flavour: {needed}, '{flavour.name}' has {has}"


def _quotas(
    deployment: Deployment, settings: OpenStack, cloud: Cloud, flavours: Mapping[str, Flavour]
) -> Iterator[str]:
    has = _had(settings, cloud)
    for quota, needed in needs(deployment, settings, flavours).items():
        limit = cloud.limits.get(quota)
        more = max(0, needed - has[quota])
        if limit is not None and (short := limit.lacks(more)):
            yield f"{short} {WORDS[quota]}: {more} more are needed, {limit.used} of {limit.most} are in use"


def _had(settings: OpenStack, cloud: Cloud) -> Counter[str]:
    """What the platform has, by quota: what carries its marks, and what is adopted and will carry them."""
    adopted = set(settings.adopt.values()) - set(cloud.made.ids)
    disks = [disk for identity, disk in cloud.disks.items() if identity in adopted]
    has = Counter(cloud.made.used)
    has.update(
        volumes=len(disks),
        gigabytes=sum(disk.size for disk in disks),
        floating_ips=len(adopted & set(cloud.addresses.values())),
    )
    return has
