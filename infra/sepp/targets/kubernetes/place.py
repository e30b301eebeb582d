"""Where a service is in a cluster, and what it has there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Port, Process
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import TIER_PATHS, Deployment, Host, Mount, tiers
from sepp.targets.kubernetes import names


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service of a host of the plan, on a deployment with its settings."""

    deployment: Deployment
    settings: Kubernetes
    host: Host
    service: str

    @property
    def labels(self) -> dict[str, str]:
        """By what policies find its pods."""
        own = {names.HOST: self.host.name, names.SERVICE: self.service}
        return names.labels(self.deployment, self.host.area, **own)

    @property
    def processes(self) -> tuple[Process, ...]:
        """What runs of it here."""
        there = tiers(self.deployment.mission(self.host.area)) if self.host.area != "core" else ()
        return tuple(each for each in CATALOGUE[self.service].parts if each.tier in (None, *there))

    @property
    def ports(self) -> Mapping[str, Port]:
        """Its ports by name, but for those of hosts that mount each other's file systems."""
        return {port.name: port for port in CATALOGUE[self.service].ports if not port.for_mounts}

    def number(self, port: str) -> int:
        """Return the number of a port; KeyError if it has none of this name."""
        return self.ports[port].number or self.deployment.platform.port

    @property
    def data(self) -> tuple[Mount, ...]:
        """Where its own data are."""
        path = CATALOGUE[self.service].data_on(self.deployment.platform)
        return tuple(mount for mount in self.host.mounts if mount.volume and mount.path == path)

    @property
    def tiers(self) -> tuple[Mount, ...]:
        """Where the tiers are that it keeps."""
        if not CATALOGUE[self.service].keeps_tiers:
            return ()
        return tuple(mount for mount in self.host.mounts if mount.volume and mount.path in TIER_PATHS.values())
