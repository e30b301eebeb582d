"""Whether a cluster has all that a platform needs, compared before anything is made. Pure."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, ip_address

from sepp.catalogue.identity import USERS
from sepp.catalogue.service import Size
from sepp.config.errors import hint
from sepp.config.kubernetes import Gateway, Kubernetes
from sepp.config.units import GIB, format_size
from sepp.deployment import Deployment, Volume
from sepp.engine.errors import EngineError
from sepp.engine.state import State
from sepp.targets import rotation
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.accounts import RIGHTS
from sepp.targets.kubernetes.claim import access_mode, storage_class
from sepp.targets.kubernetes.cluster import Act, Claim, Cluster, Listener
from sepp.targets.kubernetes.connections import HTTPS
from sepp.targets.kubernetes.entrance import CERT_MANAGER, GATEWAYS
from sepp.targets.kubernetes.identity import SERVICES as SERVICES_LIST
from sepp.targets.kubernetes.namespace import NAMESPACE
from sepp.targets.kubernetes.priority import SERVERS, SERVICES
from sepp.targets.kubernetes.quota import server_sizes, service_sizes

OLDEST = (1, 33)
"""The first version that compares pods with lists (ValidatingAdmissionPolicy) and has `supplementalGroupsPolicy`."""

ADMISSION = "admissionregistration.k8s.io"
_POLICIES, _BINDINGS = "validatingadmissionpolicies", "validatingadmissionpolicybindings"
_MADE: dict[str, tuple[str, ...]] = {
    "": (
        "configmaps",
        "limitranges",
        "namespaces",
        "persistentvolumeclaims",
        "resourcequotas",
        "secrets",
        "serviceaccounts",
        "services",
    ),
    ADMISSION: (_BINDINGS, _POLICIES),
    "apps": ("deployments", "statefulsets"),
    "batch": ("cronjobs",),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "rbac.authorization.k8s.io": ("rolebindings", "roles"),
    "scheduling.k8s.io": ("priorityclasses",),
}
"""What the program always makes, by API group."""
_ROUTES = ("backendtlspolicies", "httproutes")
"""What it makes of the Gateway API."""

_VERBS = ("create", "delete", "get", "patch")
LISTED = {
    "namespaces": "/api/v1/namespaces",
    "priorityclasses": "/apis/scheduling.k8s.io/v1/priorityclasses",
    _POLICIES: f"/apis/{ADMISSION}/v1/{_POLICIES}",
    _BINDINGS: f"/apis/{ADMISSION}/v1/{_BINDINGS}",
}
"""Where the things of the whole cluster are that have names of the platform's."""

_SEES_CLASSES = Act(group="storage.k8s.io", resource="storageclasses", verb="list")
_SEES_ISSUERS = Act(group=CERT_MANAGER, resource="clusterissuers", verb="list")
_SEES_GATEWAYS = Act(group=GATEWAYS, resource="gateways", verb="list")
_SEES_PODS = Act(group="", resource="pods", verb="list")
_LOOKED_AT = {"": ("events", "persistentvolumeclaims"), "apps": ("deployments", "statefulsets"), "batch": ("jobs",)}
"""What is looked at, beside pods, to tell whether services run, by API group."""
_COMMANDS = tuple(Act(group="", resource="pods/exec", verb=verb) for verb in ("create", "get"))
"""What the commands do that reach into pods."""


def acts(settings: Kubernetes) -> frozenset[Act]:
    """Return what an operator has to be allowed: what she makes, gives away, compares, looks at, and does in pods."""
    entrance = settings.entrance
    made = {
        **_MADE,
        **({CERT_MANAGER: ("certificates",)} if entrance.issuer else {}),
        **({GATEWAYS: _ROUTES} if entrance.gateway else {}),
    }
    groups = {resource: group for group, resources in made.items() for resource in resources}
    return frozenset(
        {
            *({_SEES_ISSUERS} if entrance.issuer else ()),
            *({_SEES_GATEWAYS} if entrance.gateway else ()),
            *(Act(group=group, resource=each, verb=verb) for each, group in groups.items() for verb in _VERBS),
            *(Act(group=groups[resource], resource=resource, verb="list") for resource in LISTED),
            *(
                Act(group="", resource=grant.resource, verb=verb)
                for grants in RIGHTS.values()
                for grant in grants
                for verb in grant.verbs
            ),
            *(Act(group=group, resource=each, verb="list") for group, of in _LOOKED_AT.items() for each in of),
            _SEES_CLASSES,
            _SEES_PODS,
            *_COMMANDS,
        }
    )


def demand(deployment: Deployment, settings: Kubernetes, cluster: Cluster, state: State, unmade: Sequence[str]) -> None:
    """Refuse what cannot be made, all at once; `unmade` are the images that are missing. EngineError."""
    check_cluster(deployment, state, cluster)
    lacking = "".join(f"\n- {line}" for line in lacks(deployment, settings, cluster, unmade))
    if lacking:
        platform = f"{deployment.target}/{deployment.name}"
        raise EngineError(f"the platform cannot be made in this cluster as it is:{lacking}", f"./sepp plan {platform}")


def check_cluster(deployment: Deployment, state: State, cluster: Cluster) -> None:
    """Refuse what would make a second platform beside the one that is there. EngineError.

    In another cluster the engine would take all of the platform for lost; without its state it would take over what
    another machine keeps.
    """
    made_in = state.outputs.get("cluster")
    if made_in and cluster.identity and made_in != cluster.identity:
        raise EngineError(
            f"this context leads to the cluster {cluster.identity}, but the platform is in {made_in}: "
            "a run here would forget all of it",
            "take the context of its own cluster",
        )
    there = sorted(name.partition(" ")[2] for name, owner in cluster.owners.items() if owner == deployment.name)
    known = any(resource.kind == NAMESPACE for resource in state.resources)
    if there and not known and not state.pending:
        raise EngineError(
            f"the cluster has a platform of this name already, and nothing is known of it here: {', '.join(there)}",
            "work where its state is, or give this platform another name and 'prefix'",
        )


def lacks(deployment: Deployment, settings: Kubernetes, cluster: Cluster, unmade: Sequence[str] = ()) -> Iterator[str]:
    """Give, in words, all that the cluster lacks, and what a claim that is there cannot become."""
    for image in unmade:
        yield f"the image of {image}: ./sepp image build {deployment.target}/{deployment.name}"
    yield from _version(cluster)
    yield from _rights(cluster)
    yield from _classes(deployment, settings, cluster)
    yield from _entrance(deployment, settings, cluster)
    yield from _secrets(deployment, settings, cluster)
    yield from _dns(settings, cluster)
    yield from _api_server(settings, cluster)
    yield from _nodes(deployment, cluster)
    yield from _owners(deployment, settings, cluster)
    for volume in deployment.volumes:
        namespace = names.namespace(deployment, settings, volume.area)
        there = cluster.claims.get((namespace, volume.name))
        if there is not None:
            yield from _claim(settings, cluster, volume, there)


def _version(cluster: Cluster) -> Iterator[str]:
    if cluster.version < OLDEST:
        wanted, found = (".".join(map(str, version)) for version in (OLDEST, cluster.version))
        yield f"Kubernetes {wanted} or newer: it is {found}"
    elif not {_POLICIES, _BINDINGS} <= cluster.admission:
        yield f"{_POLICIES} of {ADMISSION}/v1, without which pods choose as who they run: turn them on"
    if not cluster.pod_security:
        yield "Pod Security, without which pods may be privileged: turn its admission plugin on"


def _rights(cluster: Cluster) -> Iterator[str]:
    for group, resource in sorted({(act.group, act.resource) for act in cluster.refused}):
        verbs = ", ".join(sorted(act.verb for act in cluster.refused if (act.group, act.resource) == (group, resource)))
        yield f"the right to {verbs} {resource}{f'.{group}' if group else ''}"


def _classes(deployment: Deployment, settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    if _SEES_CLASSES in cluster.refused:
        return
    known = sorted(cluster.storage_classes)
    wanted = {storage_class(settings, volume) for volume in deployment.volumes}
    for name in sorted(name for name in wanted if name):
        if name not in known:
            yield f"storage class '{name}' {hint(name, known, 'there is none')}"
    if None in wanted and not any(each.default for each in cluster.storage_classes.values()):
        yield f"a default storage class: set 'storage_class' and 'data_class' {hint('', known, 'there is none')}"


def _entrance(deployment: Deployment, settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    name, issuer = settings.entrance.class_name, settings.entrance.issuer
    if settings.entrance.kind == "ingress" and name and name not in cluster.ingress_classes:
        yield f"ingress class '{name}' {hint(name, sorted(cluster.ingress_classes), 'there is none')}"
    if issuer and issuer not in cluster.issuers and _SEES_ISSUERS not in cluster.refused:
        yield f"cluster issuer '{issuer}' of cert-manager {hint(issuer, sorted(cluster.issuers), 'there is none')}"
    if settings.entrance.gateway:
        yield from _gateway(deployment, settings, settings.entrance.gateway, cluster)


def _gateway(deployment: Deployment, settings: Kubernetes, gateway: Gateway, cluster: Cluster) -> Iterator[str]:
    for kind in sorted({*_ROUTES} - cluster.gateway_kinds):
        yield f"{kind} of {GATEWAYS}/v1: install the Gateway API, 1.4 or newer"
    if _SEES_GATEWAYS in cluster.refused:
        return
    where = f"the Gateway '{gateway.name}' in '{gateway.namespace}'"
    listener = f"the listener '{gateway.listener}' of {where}"
    if cluster.listeners is None:
        yield f"{where}: there is none"
    elif gateway.listener not in cluster.listeners:
        yield f"{listener} {hint(gateway.listener, sorted(cluster.listeners), 'it has none')}"
    else:
        core = names.namespace(deployment, settings, "core")
        for what in _other(cluster.listeners[gateway.listener], gateway, core):
            yield f"{listener}, {what}"


def _other(listener: Listener, gateway: Gateway, core: str) -> Iterator[str]:
    """Give what a listener has to be, and is not."""
    if listener.protocol != "HTTPS":
        yield f"with the protocol HTTPS: it is {listener.protocol}"
    if listener.routes == "Same" and gateway.namespace != core:
        yield f"for routes of '{core}': set its allowedRoutes.namespaces.from to Selector or All"


def _secrets(deployment: Deployment, settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    """What services share is written into files of many kinds: it has to be the same in all of them."""
    if settings.secrets is None:
        return
    where = f"the Secret '{settings.secrets.name}' in '{settings.secrets.namespace}'"
    if cluster.secrets is None:
        yield f"{where}, or the right to read it"
        return
    for name in rotation.secrets(deployment):
        found = cluster.secrets.get(name)
        if found is None:
            yield f"'{name}' in {where}: there is none; make one: openssl rand -hex 32"
        elif not re.fullmatch(r"[A-Za-z0-9_-]{32,128}", found):
            yield f"'{name}' in {where}: it has to be 32 to 128 letters, digits, hyphens and underscores"


def _dns(settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    if not cluster.dns_pods and _SEES_PODS not in cluster.refused:
        labels = ", ".join(f"{key}={value}" for key, value in settings.dns.labels.items())
        where = f"no pod in '{settings.dns.namespace}' has the labels {labels}"
        yield f"the DNS to which pods may connect: {where}; set 'dns' to where it is"


def _api_server(settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    networks = [IPv4Network(network) for network in settings.api.networks]
    for address, port in cluster.api_servers:
        # Networks of the settings are such, so that an address of another kind is in none of them.
        inside = any(ip_address(address) in network for network in networks)
        if not inside or port not in (HTTPS, settings.api.port):
            yield f"the API server at {address} port {port}: set 'api' so that services may connect to it"


def _nodes(deployment: Deployment, cluster: Cluster) -> Iterator[str]:
    """All services have room at once, and the largest pod that an area may have has some on one node.

    What others use of the nodes is not counted.
    """
    if cluster.merging_nodes:
        of = ", ".join(cluster.merging_nodes)
        yield f"a container runtime that knows supplementalGroupsPolicy, else images choose groups (containerd 2): {of}"
    if not cluster.nodes:
        return
    areas = names.areas(deployment)
    services = [size for area in areas for size in service_sizes(deployment, area)]
    wanted, there = _sum(services), _sum(cluster.nodes)
    if not _fits(wanted, there):
        yield f"{_words(wanted)} for the services: all nodes together have {_words(there)}"
    for area in areas:
        _, most = server_sizes(deployment, area)
        if not any(_fits(most, node) for node in cluster.nodes):
            yield f"a node for the largest pod of '{area}', {_words(most)}: none has as much"


def _sum(sizes: Sequence[Size]) -> Size:
    return Size(cpu=sum(size.cpu for size in sizes), memory=sum(size.memory for size in sizes))


def _fits(wanted: Size, there: Size) -> bool:
    return wanted.cpu <= there.cpu and wanted.memory <= there.memory


def _words(size: Size) -> str:
    return f"{size.cpu:g} cores and {size.memory / GIB:.1f} GiB of memory"


def _owners(deployment: Deployment, settings: Kubernetes, cluster: Cluster) -> Iterator[str]:
    """Names that the platform wants are nobody else's."""
    policies = (SERVICES_LIST, USERS)
    wanted = {
        "namespaces": names.areas(deployment),
        "priorityclasses": (SERVERS, SERVICES),
        _POLICIES: policies,
        _BINDINGS: policies,
    }
    for resource, of in wanted.items():
        for name in (f"{resource} {names.cluster_name(deployment, settings, each)}" for each in of):
            if name in cluster.owners and cluster.owners[name] != deployment.name:
                owner = cluster.owners[name]
                whose = f"the platform '{owner}' has it" if owner else "it is there, and no platform's"
                yield f"the name '{name.split()[1]}' of {resource}: {whose}; set another 'prefix'"


def _claim(settings: Kubernetes, cluster: Cluster, volume: Volume, there: Claim) -> Iterator[str]:
    """Only a new claim would be smaller, or of another class; the data are in the old one."""
    sizes = f"{volume.name} with {format_size(volume.size)}: it has {format_size(there.size)}"
    if volume.size < there.size:
        yield f"{sizes}, and claims never shrink"
    own = cluster.storage_classes.get(there.storage_class or "")
    if volume.size > there.size and own is not None and not own.grows:
        yield f"{sizes}, and its class '{there.storage_class}' lets no claim grow"
    wanted, mode = storage_class(settings, volume), access_mode(settings, volume)
    if wanted and there.storage_class and wanted != there.storage_class:
        yield f"{volume.name} of class '{wanted}': it is of '{there.storage_class}', and stays so; keep that"
    if mode not in there.access_modes:
        has = ", ".join(there.access_modes)
        yield f"{volume.name} with {mode}: it has {has}, and keeps that; set its 'access_mode' so"
