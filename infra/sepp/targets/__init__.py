"""Where platforms run: one package for each target, with the same concepts in each.

How the operator's machine reaches a deployed platform is here, for all targets.
"""

# What is needed to reach a platform is imported late: programs that make one import this package as well.
# ruff: noqa: PLC0415

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sepp.deployment import Deployment
from sepp.engine.errors import EngineError

if TYPE_CHECKING:
    from sepp.config.kubernetes import Kubernetes
    from sepp.verify.access import Access, Hosts
    from sepp.verify.result import Result
    from sepp.verify.web import Entrance


SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
"""PEM file of the authorities that the operator's machine trusts."""


def access_to(deployment: Deployment) -> "Hosts":
    """Return the way to a platform's hosts as root; EngineError if there is none from this machine."""
    from sepp.verify.access import ByCommand

    if deployment.target == "openstack":
        return ByCommand(access=_by_ssh(deployment), environment={**os.environ})
    if deployment.target == "kubernetes":
        from sepp.targets.kubernetes import settings_of
        from sepp.targets.kubernetes.commands import Pods

        return Pods(deployment=deployment, settings=settings_of(deployment))
    from sepp.targets.local.machine import containers_conf
    from sepp.targets.local.podman import container_name

    _require_local(deployment)

    def command(host: str, argv: Sequence[str]) -> Sequence[str]:
        return ["podman", "exec", "--interactive", container_name(deployment.name, host), *argv]

    return ByCommand(access=command, environment={**os.environ, "CONTAINERS_CONF": str(containers_conf())})


def checks_of(deployment: Deployment, hosts: "Hosts") -> "Iterator[Result]":
    """Check what of a platform the target runs: hosts with their services, or pods."""
    if deployment.target == "kubernetes":
        from sepp.targets.kubernetes import settings_of
        from sepp.targets.kubernetes.health import checks

        return checks(deployment, settings_of(deployment))
    from sepp.verify.run import of_hosts

    return of_hosts(deployment, hosts)


def _by_ssh(deployment: Deployment) -> "Access":
    from sepp.targets.openstack import ssh
    from sepp.targets.openstack.converge import ssh_folder

    folder = ssh_folder(deployment.name)
    if not (folder / "config").exists():
        platform = f"{deployment.target}/{deployment.name}"
        raise EngineError("this machine has no way to the hosts yet: an 'up' here makes it", f"./sepp up {platform}")
    # The shell at the other end would take arguments apart.
    return lambda host, argv: ssh.command(folder, host, [shlex.join(argv)])


def entrance_of(deployment: Deployment) -> "Entrance":
    """Return a platform's entrance as the operator's machine sees it; EngineError if there is none."""
    from sepp.engine.stack import Stack
    from sepp.verify.web import Entrance

    port, authority = deployment.platform.port, authority_of(deployment)
    if deployment.target == "openstack":
        stack = Stack(target=deployment.target, name=deployment.name)
        address = stack.state().outputs.get("entrance")
        if address is None:
            raise EngineError("is not deployed", f"./sepp up {stack.platform}")
        return Entrance(address=address, port=port, authority=authority)
    _require_local(deployment)
    return Entrance(address=deployment.platform.local.address, port=port, authority=authority)


def host_states(deployment: Deployment) -> Mapping[str, str]:
    """Return the state of each host: `running`, `absent`, or the target's own word for another one.

    EngineError if the target cannot be asked.
    """
    if deployment.platform.openstack is not None and deployment.target == "openstack":
        from sepp.targets.openstack import reading
        from sepp.targets.openstack.names import cloud_name

        made = reading.read(deployment.platform.openstack, deployment.name).made
        words = {server.name: "running" if server.status == "ACTIVE" else server.status for server in made.servers}
        return {host.name: words.get(cloud_name(deployment, host.name), "absent") for host in deployment.hosts}
    from sepp.targets.local.podman import container_name, look

    _require_local(deployment)
    return {host.name: look(container_name(deployment.name, host.name)).state for host in deployment.hosts}


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A plan beside the place where it shall run: what that lacks, and what it costs there, in words."""

    place: str = "project"
    lacks: tuple[str, ...] = ()
    cost: str | None = None


def compared(deployment: Deployment) -> Compared:
    """Compare a platform with the place where it shall run; EngineError if that cannot be asked.

    For the local target that is `sepp doctor`'s.
    """
    if deployment.platform.kubernetes is not None and deployment.target == "kubernetes":
        return _compared_with_cluster(deployment, deployment.platform.kubernetes)
    if deployment.platform.openstack is None or deployment.target != "openstack":
        return Compared()
    from sepp.engine.stack import Stack
    from sepp.targets.openstack import preflight, reading, settings_of
    from sepp.targets.openstack.adopting import with_left
    from sepp.targets.openstack.cost import monthly
    from sepp.targets.openstack.flavours import chosen

    state = Stack(target=deployment.target, name=deployment.name).state()
    cloud = reading.read(deployment.platform.openstack, deployment.name)
    preflight.check_project(state, cloud)
    deployment = with_left(deployment, cloud, state)
    settings = settings_of(deployment)
    flavours = chosen(deployment, settings, cloud.flavours, state.outputs.get("flavours", {}))
    return Compared(
        lacks=tuple(preflight.lacks(deployment, settings, cloud, flavours, state)),
        cost=monthly(deployment, settings, {name: flavour for name, flavour in flavours.items() if flavour}),
    )


def _compared_with_cluster(deployment: Deployment, settings: "Kubernetes") -> Compared:
    from sepp.targets.kubernetes import preflight, reading

    cluster = reading.read(deployment, settings)
    return Compared(place="cluster", lacks=tuple(preflight.lacks(deployment, settings, cluster)))


def check_made_here(deployment: Deployment) -> None:
    """Refuse platforms that this version plans and does not make. EngineError."""
    if deployment.target == "kubernetes":
        from sepp.targets.kubernetes import refuse_to_make

        refuse_to_make(f"{deployment.target}/{deployment.name}")


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What differs in the cloud from what the engine believes, in words: what `up` mends, and what it leaves."""

    mended: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def faults(deployment: Deployment) -> Faults:
    """Return what differs in the cloud from what the engine believes; EngineError if it cannot be asked."""
    if deployment.platform.openstack is None or deployment.target != "openstack":
        return Faults()
    from sepp.engine.stack import Stack
    from sepp.targets.openstack import faults as found
    from sepp.targets.openstack import preflight, reading

    state = Stack(target=deployment.target, name=deployment.name).state()
    cloud = reading.read(deployment.platform.openstack, deployment.name)
    preflight.check_project(state, cloud)
    told = tuple(found.faults(cloud.made, state))
    return Faults(
        mended=tuple(fault.text for fault in told if not fault.holds_data),
        left=tuple(fault.text for fault in told if fault.holds_data),
    )


def mend(deployment: Deployment, report: Callable[[str], None], then: str = "made anew") -> None:
    """Mend what the engine would stumble over; `then` says what becomes of broken hosts.

    EngineError if the target cannot be asked, or is not where the platform was made.
    """
    if deployment.platform.openstack is None or deployment.target != "openstack":
        return
    from sepp.engine.stack import Stack
    from sepp.targets.openstack import mending

    state = Stack(target=deployment.target, name=deployment.name).state()
    mending.mend(deployment.platform.openstack, deployment.name, state, report, then)


def kept(deployment: Deployment) -> Mapping[str, str]:
    """Return, by id, what of a platform in a cloud stays after its hosts: volumes and addresses.

    EngineError if the cloud cannot be asked, or is not where the platform was made.
    """
    from sepp.engine.stack import Stack
    from sepp.targets.openstack import kept as found
    from sepp.targets.openstack import settings_of

    state = Stack(target=deployment.target, name=deployment.name).state()
    return found.kept(settings_of(deployment), deployment.name, state)


def delete_kept(deployment: Deployment, kept: Mapping[str, str]) -> None:
    """Delete what of a platform in a cloud was kept, with all data; EngineError if the cloud refuses."""
    from sepp.targets.openstack import settings_of
    from sepp.targets.openstack.kept import delete

    delete(settings_of(deployment), kept)


def authority_of(deployment: Deployment) -> Path:
    """Return the PEM file of the authority to trust at the platform's entrance."""
    from sepp.engine.stack import Stack

    tls = deployment.platform.tls
    if tls.given is not None:
        return Path(tls.given.certificate)
    if tls.acme is not None:
        return SYSTEM_TRUST
    return Stack(target=deployment.target, name=deployment.name).authority


def _require_local(deployment: Deployment) -> None:
    if deployment.target != "local":
        raise EngineError(f"hosts of the target '{deployment.target}' cannot be reached by this version")
