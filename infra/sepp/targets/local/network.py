"""The platform's private network, and each mission's place in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, ReadResult, Resource, UpdateResult

from sepp.targets.local import podman
from sepp.targets.local.addresses import assign_slots
from sepp.targets.provider import Properties, Provider, own


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The platform's name, its subnet, and the missions that get addresses."""

    platform: str
    subnet: str
    missions: tuple[str, ...]


class NetworkProvider(Provider):
    """Makes the network; remembers which mission has which addresses."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Give missions their slots already here, so that a preview knows all addresses."""
        slots = assign_slots(news["missions"], _olds.get("slots", {}), news["subnet"])
        return CheckResult({**news, "slots": slots}, [])

    def create(self, props: Properties) -> CreateResult:
        """Make the network or adopt it."""
        name = podman.ensure_network(props["platform"], props["subnet"])
        return CreateResult(name, {**own(props), "name": name})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look whether the network is there."""
        there = podman.network_subnet(props["platform"]) is not None
        return ReadResult(id_ if there else "", props)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Remember the missions' slots; a network with another subnet is refused."""
        return UpdateResult({**own(_news), "name": podman.ensure_network(_news["platform"], _news["subnet"])})

    def delete(self, _id: str, _props: Properties) -> None:
        """Remove the network."""
        remove(_props["platform"])


class _Network(Resource, module="sepp", name="Network"):
    slots: pulumi.Output[Mapping[str, float]]


class Network(pulumi.ComponentResource):
    """The platform's network; `slots` gives each mission's place in it."""

    slots: pulumi.Output[Mapping[str, int]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:local:Network", name, {}, opts)
        resource = _Network(
            NetworkProvider(),
            name,
            {"platform": args.platform, "subnet": args.subnet, "missions": list(args.missions), "slots": None},
            pulumi.ResourceOptions(parent=self),
        )
        # The engine's numbers are floating point.
        self.slots = resource.slots.apply(lambda slots: {name: int(slot) for name, slot in slots.items()})
        self.register_outputs({})


def remove(platform: str) -> None:
    """Remove a platform's network, with hosts on it that a killed run made without the engine's knowledge."""
    for host in podman.hosts(platform):
        podman.delete_host(platform, host)
    podman.delete_network(platform)
