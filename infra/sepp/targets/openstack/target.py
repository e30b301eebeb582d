"""A platform in a project of OpenStack."""

import os
import shlex
from collections.abc import Mapping, Sequence

from sepp.config.openstack import OpenStack
from sepp.engine.errors import EngineError
from sepp.targets.openstack import faults, mending, preflight, reading, settings_of, ssh
from sepp.targets.openstack.adopting import with_left
from sepp.targets.openstack.converge import ssh_folder
from sepp.targets.openstack.cost import monthly
from sepp.targets.openstack.flavours import chosen
from sepp.targets.openstack.kept import delete, kept
from sepp.targets.openstack.names import cloud_name
from sepp.targets.openstack.volume import VOLUME
from sepp.targets.target import Compared, Faults, Report, Target
from sepp.verify.access import ByCommand, Hosts


class InProject(Target):
    """Hosts are servers, which are reached through the jump host."""

    place = "project"
    holds_data = frozenset({VOLUME})

    @property
    def settings(self) -> OpenStack:
        """The target's settings."""
        return settings_of(self.deployment)

    def address(self) -> str:
        """Return the address of the entrance, which the last `up` exported."""
        address = self.state.outputs.get("entrance")
        if address is None:
            raise EngineError("is not deployed", f"./sepp up {self.stack.platform}")
        return address

    def hosts(self) -> Hosts:
        """Return the way to the platform's hosts as root."""
        folder = ssh_folder(self.deployment.name)
        if not (folder / "config").exists():
            raise EngineError(
                "this machine has no way to the hosts yet: an 'up' here makes it", f"./sepp up {self.stack.platform}"
            )

        def command(host: str, argv: Sequence[str]) -> Sequence[str]:
            # The shell at the other end would take arguments apart.
            return ssh.command(folder, host, [shlex.join(argv)])

        return ByCommand(access=command, environment={**os.environ})

    def states(self) -> Mapping[str, str]:
        """Return the state of each host, in Nova's words if it does not run."""
        name = self.deployment.name
        servers = reading.read(self.settings, name).made.servers
        words = {server.name: "running" if server.status == "ACTIVE" else server.status for server in servers}
        return {
            host.name: words.get(cloud_name(self.deployment, host.name), "absent") for host in self.deployment.hosts
        }

    def compared(self) -> Compared:
        """Compare the plan with the project, and say what it costs there."""
        state, settings = self.state, self.settings
        cloud = reading.read(settings, self.deployment.name)
        preflight.check_project(state, cloud)
        deployment = with_left(self.deployment, cloud, state)
        flavours = chosen(deployment, settings, cloud.flavours, state.outputs.get("flavours", {}))
        return Compared(
            lacks=tuple(preflight.lacks(deployment, settings, cloud, flavours, state)),
            cost=monthly(deployment, settings, {name: flavour for name, flavour in flavours.items() if flavour}),
        )

    def faults(self) -> Faults:
        """Return what differs in the project from what the engine believes."""
        state = self.state
        cloud = reading.read(self.settings, self.deployment.name)
        preflight.check_project(state, cloud)
        told = tuple(faults.faults(cloud.made, state))
        return Faults(
            mended=tuple(fault.text for fault in told if not fault.holds_data),
            left=tuple(fault.text for fault in told if fault.holds_data),
        )

    def mend(self, report: Report, then: str = "made anew") -> None:
        """Mend what the engine would stumble over; `then` says what becomes of broken servers."""
        mending.mend(self.settings, self.deployment.name, self.state, report, then)

    def records(self) -> Mapping[str, str]:
        """Return the addresses by name, where Designate does not have them."""
        return self.state.outputs.get("records", {})

    def kept(self) -> Mapping[str, str]:
        """Return volumes and addresses by id."""
        return kept(self.settings, self.deployment.name, self.state)

    def delete_kept(self, kept: Mapping[str, str]) -> None:
        """Delete what was kept, with all data."""
        delete(self.settings, kept)


TARGET = InProject
