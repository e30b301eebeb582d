"""Writes the page that tells what differs between the targets, from the plans of one mission's platform on each.

`python -m tests.targets`.
"""

from collections.abc import Callable

from sepp.catalogue import CATALOGUE
from sepp.config.load import load
from sepp.deployment import Deployment
from sepp.engine.paths import MISSIONS, ROOT
from sepp.plan import plan
from sepp.targets.kubernetes import settings_of
from sepp.targets.kubernetes.place import Place

MISSION = "planck"
PLATFORMS = {"local": "demo", "openstack": "example", "kubernetes": "example"}
"""The settings by target."""


def planned(target: str) -> Deployment:
    """Return the plan of the mission's platform alone."""
    settings, missions = load(ROOT / f"stacks/{target}/Pulumi.{PLATFORMS[target]}.yaml", MISSIONS)
    own = [mission for mission in missions if mission.mission == MISSION]
    return plan(settings.model_copy(update={"missions": (MISSION,)}), own, name=PLATFORMS[target], target=target)


def runs(deployment: Deployment, host: str) -> str:
    """Tell what runs for a host of the plan: units of a machine, or pods with their containers."""
    services = deployment.host(host).services
    if deployment.target != "kubernetes":
        return ", ".join(services)
    settings = settings_of(deployment)
    places = (
        Place(deployment=deployment, settings=settings, host=deployment.host(host), service=service)
        for service in services
    )
    pods = [part for place in places for part in (*place.parts, *place.jobs)]
    return ", ".join(f"{part.called} ({len(part.processes)})" for part in pods)


def seen_by_itself(deployment: Deployment) -> str:
    """Tell how many ports only a service's own host may reach, and what guards them."""
    ports = [port for host in deployment.hosts for name in host.services for port in CATALOGUE[name].ports]
    guard = "network policies" if deployment.target == "kubernetes" else "loopback"
    return f"{sum(port.reach == 'host' for port in ports)}, by {guard}"


ROWS: dict[str, Callable[[Deployment], object]] = {
    "a host of the plan is": lambda d: "a label of pods" if d.target == "kubernetes" else "a machine",
    "core": lambda d: runs(d, "core"),
    f"{MISSION}-storage": lambda d: runs(d, f"{MISSION}-storage"),
    MISSION: lambda d: runs(d, MISSION),
    "volumes": lambda d: len(d.volumes),
    "a user's limit in a tier": lambda d: (
        "none: what the tier has in use is told" if d.quota_backend == "claim" else f"by {d.quota_backend}"
    ),
    "connections of the plan": lambda d: len(d.rules),
    "ports that only the own host may reach": seen_by_itself,
    "cells of the rights matrix": lambda d: len(d.rights),
    "not deployed": lambda d: "; ".join(line.removeprefix(f"{MISSION}: ") for line in d.not_deployed),
}


def main() -> None:
    """Write the page."""
    plans = {target: planned(target) for target in PLATFORMS}
    lines = [
        "# What differs between the targets",
        "",
        f"The platform of one mission ({MISSION}) as planned on each; in brackets the containers of a pod. Made from",
        "the plans by `make docs`; the checks of `sepp verify` try every cell of the rights matrix on each.",
        "",
        "| | " + " | ".join(plans) + " |",
        "|---" * (len(plans) + 1) + "|",
        *(f"| {name} | {' | '.join(str(tell(each)) for each in plans.values())} |" for name, tell in ROWS.items()),
    ]
    (ROOT / "docs/reference/targets.md").write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
