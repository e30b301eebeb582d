"""A platform in a cluster."""

from collections.abc import Iterator, Mapping, Sequence

from sepp.config.kubernetes import Kubernetes
from sepp.converge.events import Difference
from sepp.deployment import Host
from sepp.engine.errors import EngineError
from sepp.engine.stack import Run
from sepp.targets.kubernetes import (
    bakery,
    enforcement,
    health,
    names,
    outside,
    preflight,
    reading,
    rollout,
    settings_of,
)
from sepp.targets.kubernetes.claim import CLAIM
from sepp.targets.kubernetes.commands import Pods
from sepp.targets.kubernetes.kept import delete, end_servers, kept
from sepp.targets.kubernetes.namespace import NAMESPACE
from sepp.targets.kubernetes.seen import READY
from sepp.targets.target import Compared, Report, Target
from sepp.verify.access import Hosts
from sepp.verify.certificates import check_certificates
from sepp.verify.result import Result
from sepp.verify.room import check_room


class InCluster(Target):
    """Hosts are pods, one for each part of a service."""

    place = "cluster"
    well = (READY,)
    whole = ""
    holds_data = frozenset({CLAIM, NAMESPACE})

    @property
    def settings(self) -> Kubernetes:
        """The target's settings."""
        return settings_of(self.deployment)

    @property
    def signs(self) -> bool:
        """Whether the entrance's certificate is of the platform's own authority, and not one that the cluster has."""
        entrance = self.settings.entrance
        return super().signs and not entrance.is_behind_another and entrance.certificate is None

    def used(self) -> set[str]:
        """Return the engine's names of claims and namespaces."""
        return {*super().used(), *names.areas(self.deployment)}

    def address(self) -> str:
        """Return where the outside finds the entrance."""
        return outside.address(self.deployment, self.settings)

    def hosts(self) -> Hosts:
        """Return the way to the pods that are told things."""
        return Pods(deployment=self.deployment, settings=self.settings)

    def states(self) -> Mapping[str, str]:
        """Return of each host whether any of its services is there."""
        return health.hosts(self.deployment, self.settings)

    def units(self, host: Host) -> Mapping[str, str]:
        """Return the state of the pods of a host."""
        return health.states(self.deployment, self.settings, host)

    def checks(self, hosts: Hosts) -> Iterator[Result]:
        """Check pods, jobs, claims and the room on them, what the network enforces, and certificates."""
        yield from health.checks(self.deployment, self.settings)
        yield from check_room(self.deployment, hosts)
        yield from enforcement.checks(self.deployment, hosts)
        yield from check_certificates(self.deployment, hosts)

    def compared(self) -> Compared:
        """Compare the plan with the cluster."""
        cluster = reading.read(self.deployment, self.settings)
        preflight.check_cluster(self.deployment, self.state, cluster)
        unmade = bakery.unmade(self.deployment)
        return Compared(lacks=tuple(preflight.lacks(self.deployment, self.settings, cluster, unmade)))

    def drift(self, run: Run) -> Sequence[Difference]:
        """Return what of the platform's objects differs from what its files say."""
        if "cluster" not in self.state.outputs:
            raise EngineError("is not deployed", f"./sepp up {self.stack.platform}")
        return [Difference(host="", role=name, task=why, lines=()) for name, why in run.drift()]

    def mend(self, report: Report, then: str = "made anew") -> None:
        """Refuse a cluster that is away: the engine would, too, and tell how to make it forget the platform."""
        with reading.connected(self.settings) as api:
            api.get("/version")

    def settle(self, report: Report) -> None:
        """Wait until all pods are ready, and end users' servers of missions that are no more."""
        areas = tuple(names.namespace(self.deployment, self.settings, area) for area in names.areas(self.deployment))
        end_servers(self.settings, self.deployment.name, but=areas)
        rollout.wait(self.deployment, self.settings, report)

    def records(self) -> Mapping[str, str]:
        """Return the entrance's address by name, once the cluster has given it one."""
        return dict.fromkeys(self.deployment.public_names, self.address())

    def kept(self) -> Mapping[str, str]:
        """Return claims and namespaces by their path in the cluster's interface."""
        preflight.check_cluster(self.deployment, self.state, reading.read(self.deployment, self.settings))
        return kept(self.settings, self.deployment.name)

    def end_users(self) -> None:
        """End users' servers, which the hub started."""
        end_servers(self.settings, self.deployment.name)

    def delete_kept(self, kept: Mapping[str, str]) -> None:
        """Delete what was kept, with all data."""
        delete(self.settings, kept)


TARGET = InCluster
