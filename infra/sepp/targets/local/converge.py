"""Convergence of all hosts."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from sepp.converge.events import Progress
from sepp.converge.inventory import Inventory, hosts
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets.local import podman
from sepp.targets.local.provider import Properties, Provider, own

_SHOW_MARKERS = 'for file in /var/lib/sepp/converged/*; do [ ! -f "$file" ] || echo "${file##*/} $(cat "$file")"; done'
"""A host keeps a file for each role: the hash of what was applied."""


@dataclass(frozen=True, kw_only=True)
class ConvergeArgs:
    """What hosts shall be. `instances` changes with each host that was made anew; `full` runs all roles."""

    platform: str
    inventory: pulumi.Input[Inventory]
    instances: Mapping[str, pulumi.Input[str]]
    full: bool


class ConvergeProvider(Provider):
    """Runs the roles that differ from what the hosts say about themselves."""

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Compare the wanted hashes with the hosts' own."""
        anew = _olds.get("instances") != _news["instances"]
        return DiffResult(changes=_news["full"] is True or anew or _olds.get("converged") != _news["wanted"])

    def create(self, props: Properties) -> CreateResult:
        """Run the roles that differ."""
        return CreateResult("converge", _converged(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Ask the hosts what was applied to them."""
        return ReadResult(id_, _seen(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Run the roles that differ."""
        return UpdateResult(_converged(_news))


class _Converge(Resource, module="sepp", name="Converge"):
    pass


class Converge(pulumi.ComponentResource):
    """The hosts, converged."""

    def __init__(self, name: str, args: ConvergeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:local:Converge", name, {}, opts)
        inventory = pulumi.Output.from_input(args.inventory)
        _Converge(
            ConvergeProvider(),
            name,
            {
                "platform": args.platform,
                # As text: the engine would make floating point numbers of its numbers.
                "inventory": pulumi.Output.secret(inventory.apply(json.dumps)),
                # Hashes tell nothing of the secrets that went into them, and a preview may show them.
                "wanted": pulumi.Output.unsecret(inventory.apply(_wanted)),
                "instances": dict(args.instances),
                "full": args.full,
            },
            pulumi.ResourceOptions(parent=self, additional_secret_outputs=["inventory"]),
        )
        self.register_outputs({})


def _wanted(inventory: Inventory) -> dict[str, dict[str, str]]:
    return {
        host: {role["name"]: role["digest"] for role in variables["sepp_roles"]}
        for host, variables in hosts(inventory).items()
    }


def _converged(props: Properties) -> Properties:
    # Ansible's runner is slow to import, and not needed where nothing has changed.
    from sepp.converge.run import converge  # noqa: PLC0415

    has: dict[str, dict[str, str]] = _seen(props)["converged"]
    wanted: dict[str, dict[str, str]] = props["wanted"]
    differing = [host for host, roles in wanted.items() if props["full"] or has[host] != roles]
    folder = Stack(target="local", name=props["platform"]).folder / "logs"
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
    return _seen(props)


def _seen(props: Properties) -> Properties:
    wanted: dict[str, dict[str, str]] = props["wanted"]
    with ThreadPoolExecutor(4) as pool:
        containers = [podman.container_name(props["platform"], host) for host in wanted]
        markers = pool.map(_markers, containers)
        converged = {
            host: {role: found[role] for role in wanted[host] if role in found}
            for host, found in zip(wanted, markers, strict=True)
        }
    return {**own(props), "converged": converged}


def _markers(container: str) -> dict[str, str]:
    """Return what a host says was applied to it: nothing, if it does not run or is new."""
    try:
        lines = podman.podman("exec", container, "sh", "-c", _SHOW_MARKERS)
    except EngineError:
        return {}
    return dict(line.split(maxsplit=1) for line in lines.splitlines() if " " in line)
