"""How things of a platform are called in the cluster, and by which labels they are found."""

from sepp.catalogue import CATALOGUE
from sepp.catalogue.cas import CAS
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.marks import marks

HOST = "sepp-host"
SERVICE = "sepp-service"
PART = "sepp-part"
USER = "sepp-user"
"""Labels of pods: the plan's host, and the service with the part of it, or the user whose server it is."""

USERS_ACCOUNT = "user"
"""The service account of users' servers."""


def namespace(deployment: Deployment, settings: Kubernetes, area: str) -> str:
    """Return the name of an area's namespace."""
    return cluster_name(deployment, settings, area)


def cluster_name(deployment: Deployment, settings: Kubernetes, name: str) -> str:
    """Return the name of something that belongs to the whole cluster, where other platforms may be."""
    return f"{settings.prefix or f'sepp-{deployment.name}'}-{name}"


def addresses(deployment: Deployment, settings: Kubernetes) -> dict[str, str]:
    """Return the names by which the cluster's pods find services, and parts of them, by area and service."""
    return {
        f"{host.area}/{called}": f"{called}.{namespace(deployment, settings, host.area)}.svc"
        for host in deployment.hosts
        for service in host.services
        for called in (service, *(f"{service}-{each.name}" for each in CATALOGUE[service].parts if each.apart))
    }


def public(deployment: Deployment, area: str, service: str | None = None) -> tuple[str, ...]:
    """Return the public names that pods of an area find by themselves, those of a service or of users.

    Sign-on finds all missions' hubs, which it tells who signed out. Any other service leaves other missions to the
    site's DNS: else each mission more would restart it.
    """
    if service == CAS.name:
        return deployment.public_names
    others = {f"{mission.mission}.{deployment.platform.domain}" for mission in deployment.missions}
    own = f"{area}.{deployment.platform.domain}"
    return tuple(name for name in deployment.public_names if name == own or name not in others)


def areas(deployment: Deployment) -> tuple[str, ...]:
    """Return the areas in which something runs, the core first."""
    return tuple(dict.fromkeys(host.area for host in deployment.hosts))


def services(deployment: Deployment, area: str) -> tuple[str, ...]:
    """Return the services of an area."""
    return tuple(service for host in deployment.hosts if host.area == area for service in host.services)


def has_users(deployment: Deployment, area: str) -> bool:
    """Tell whether users' servers run in an area."""
    return any(CATALOGUE[service].scenario == "IA" for service in services(deployment, area))


def keeps_tiers(deployment: Deployment, area: str) -> bool:
    """Tell whether tiers are kept in an area, for which a process has root's rights on users' files."""
    return any(CATALOGUE[service].keeps_tiers for service in services(deployment, area))


def labels(deployment: Deployment, area: str, **more: str) -> dict[str, str]:
    """Return the labels of something of an area."""
    return {**marks(deployment, area), **more}
