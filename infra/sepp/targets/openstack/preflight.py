"""Whether a project has all that a platform needs, compared before anything is made. Pure."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from sepp.config.errors import hint
from sepp.config.openstack import OpenStack
from sepp.config.units import format_size
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.state import State
from sepp.targets.openstack import images
from sepp.targets.openstack.cloud import Cloud, Flavour
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
    # A run that failed at once leaves a state as well, without anything of the cloud in it.
    if cloud.made.ids and known.isdisjoint(cloud.made.ids):
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
    yield from _volume_types(deployment, settings, cloud)
    yield from _volumes(deployment, settings, state)
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


def _volume_types(deployment: Deployment, settings: OpenStack, cloud: Cloud) -> Iterator[str]:
    wanted = {volume_type(settings, volume) for volume in deployment.volumes} - {None}
    for name in sorted(name for name in wanted if name):
        if name not in cloud.volume_types:
            yield f"volume type '{name}' {hint(name, sorted(cloud.volume_types), 'there is none')}"


def _volumes(deployment: Deployment, settings: OpenStack, state: State) -> Iterator[str]:
    """Only a new volume would be smaller, or of another type; the data are on the old one."""
    there = {resource.name: resource.outputs for resource in state.resources if resource.kind == VOLUME}
    for volume in deployment.volumes:
        has, wanted = there.get(volume.name, {}), gibibytes(volume.size)
        if wanted < has.get("size", 0):
            yield f"{volume.name} with {wanted} GiB: it has {has['size']:.0f} GiB, and volumes never shrink"
        kind, other = has.get("volumeType"), volume_type(settings, volume)
        if kind and other and kind != other:
            yield f"{volume.name} of type '{other}': it is of type '{kind}', and stays so; keep that in its settings"


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
    for quota, needed in needs(deployment, settings, flavours).items():
        limit = cloud.limits.get(quota)
        more = max(0, needed - cloud.made.used.get(quota, 0))
        if limit is not None and (short := limit.lacks(more)):
            yield f"{short} {WORDS[quota]}: {more} more are needed, {limit.used} of {limit.most} are in use"
