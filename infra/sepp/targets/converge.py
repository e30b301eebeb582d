"""Convergence of all hosts, whatever the target; each has its own way to ask a host something."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from sepp.converge.events import Progress
from sepp.converge.inventory import Inventory, hosts
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets.provider import Properties, Provider, own

_SHOW_MARKERS = 'for file in /var/lib/sepp/converged/*; do [ ! -f "$file" ] || echo "${file##*/} $(cat "$file")"; done'
"""A host keeps a file for each role: the hash of what was applied."""


@dataclass(frozen=True, kw_only=True)
class ConvergeArgs:
    """What hosts shall be. `instances` changes with each host that was made anew; `full` runs all roles.

    `provider` knows the way to the hosts of the target, by what `way` tells, all of which is secret.
    """

    target: str
    provider: "ConvergeProvider"
    platform: str
    inventory: pulumi.Input[Inventory]
    instances: Mapping[str, pulumi.Input[str]]
    full: bool
    way: Mapping[str, pulumi.Input[Any]]


class ConvergeProvider(Provider, ABC):
    """Runs the roles that differ from what the hosts say about themselves."""

    @abstractmethod
    def output(self, props: Properties, host: str, script: str) -> str:
        """Return what a shell script prints on a host; EngineError if the host cannot be asked."""

    def ready(self, props: Properties) -> None:
        """Wait, not for ever, until the hosts can be reached; EngineError names one that cannot."""

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Compare the wanted hashes with the hosts' own."""
        anew = _olds.get("instances") != _news["instances"]
        return DiffResult(changes=_news["full"] is True or anew or _olds.get("converged") != _news["wanted"])

    def create(self, props: Properties) -> CreateResult:
        """Run the roles that differ."""
        return CreateResult("converge", self._converged(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Ask the hosts what was applied to them."""
        return ReadResult(id_, self._seen(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Run the roles that differ."""
        return UpdateResult(self._converged(_news))

    def _converged(self, props: Properties) -> Properties:
        self.ready(props)
        # Ansible's runner is slow to import, and not needed where nothing has changed.
        from sepp.converge.run import converge  # noqa: PLC0415

        has: dict[str, dict[str, str]] = self._seen(props)["converged"]
        wanted: dict[str, dict[str, str]] = props["wanted"]
        differing = [host for host, roles in wanted.items() if props["full"] or has[host] != roles]
        folder = Stack(target=props["target"], name=props["platform"]).folder / "logs"
        shown: set[tuple[str, str]] = set()

        def report(progress: Progress) -> None:
            if progress.role and (progress.host, progress.role) not in shown:
                shown.add((progress.host, progress.role))
                print(f"{progress.elapsed:6.1f} s  {progress.host}: {progress.role}", flush=True)

        if differing:
            converge(
                json.loads(props["inventory"]),
                log=folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-converge.log",
                report=report,
                full=props["full"],
                only=differing,
            )
        return self._seen(props)

    def _seen(self, props: Properties) -> Properties:
        wanted: dict[str, dict[str, str]] = props["wanted"]
        with ThreadPoolExecutor(4) as pool:
            markers = pool.map(partial(self._markers, props), wanted)
            converged = {
                host: {role: found[role] for role in wanted[host] if role in found}
                for host, found in zip(wanted, markers, strict=True)
            }
        return {**own(props), "converged": converged}

    def _markers(self, props: Properties, host: str) -> dict[str, str]:
        """Return what a host says was applied to it: nothing, if it does not run or is new."""
        try:
            lines = self.output(props, host, _SHOW_MARKERS)
        except EngineError:
            return {}
        return dict(line.split(maxsplit=1) for line in lines.splitlines() if " " in line)


class _Converge(Resource, module="sepp", name="Converge"):
    pass


class Converge(pulumi.ComponentResource):
    """The hosts, converged."""

    def __init__(self, name: str, args: ConvergeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"sepp:{args.target}:Converge", name, {}, opts)
        inventory = pulumi.Output.from_input(args.inventory)
        _Converge(
            args.provider,
            name,
            {
                **args.way,
                "target": args.target,
                "platform": args.platform,
                # As text: the engine would make floating point numbers of its numbers.
                "inventory": pulumi.Output.secret(inventory.apply(json.dumps)),
                # Hashes tell nothing of the secrets that went into them, and a preview may show them.
                "wanted": pulumi.Output.unsecret(inventory.apply(_wanted)),
                "instances": dict(args.instances),
                "full": args.full,
            },
            pulumi.ResourceOptions(parent=self, additional_secret_outputs=["inventory", *args.way]),
        )
        self.register_outputs({})


def _wanted(inventory: Inventory) -> dict[str, dict[str, str]]:
    return {
        host: {role["name"]: role["digest"] for role in variables["sepp_roles"]}
        for host, variables in hosts(inventory).items()
    }
