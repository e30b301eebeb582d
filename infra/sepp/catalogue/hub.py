"""Interactive analysis of a mission: JupyterHub (IA)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sepp.catalogue.service import Health, Port, Process, Service, Size
from sepp.config.mission import Interactive, Mission
from sepp.config.units import MIB
from sepp.deployment import APPLICATIONS, LICENSED_PATHS, Context, share_accounts


def _actors(mission: Mission) -> dict[str, Any]:
    return {
        name: {
            "groups": list(actor.groups),
            "cpu": actor.limits.cpu,
            "memory": int(actor.limits.memory),
            "servers": actor.limits.servers,
        }
        for name, actor in mission.actors.items()
    }


def _applications(interactive: Interactive) -> dict[str, Any]:
    given = {name: getattr(interactive, name) for name in APPLICATIONS}
    return {name: application.model_dump() for name, application in given.items() if application}


def _licensed(interactive: Interactive) -> dict[str, Any]:
    given = {name: getattr(interactive, name) for name in LICENSED_PATHS}
    return {
        name: {"path": LICENSED_PATHS[name], "licence_server": licensed.licence_server}
        for name, licensed in given.items()
        if licensed
    }


def _shares(mission: Mission) -> dict[str, Any]:
    shares = mission.storage.shares if mission.storage else {}
    return {
        name: {"account": account, "groups": list(shares[name].groups)}
        for name, account in share_accounts(mission).items()
    }


def _of_mission(mission: Mission, configs: Path) -> Mapping[str, Any]:
    interactive = mission.interactive
    if interactive is None:
        raise ValueError(f"mission {mission.mission} has no interactive analysis")
    return {
        "hub_kernels": list(interactive.kernels),
        "hub_python_packages": list(interactive.packages.python),
        "hub_debian_packages": list(interactive.packages.debian),
        "hub_desktop": list(interactive.desktop),
        "hub_applications": _applications(interactive),
        "hub_licensed": _licensed(interactive),
        "hub_shares": _shares(mission),
        "hub_examples": str((configs / interactive.examples).resolve()) if interactive.examples else "",
    }


def _variables(context: Context) -> Mapping[str, Any]:
    deployment, mission = context.deployment, context.mission
    interactive = mission.interactive
    if interactive is None:
        raise ValueError(f"mission {mission.mission} has no interactive analysis")
    platform = deployment.platform
    return {
        "hub_port": HUB.port("http"),
        "hub_api_port": HUB.port("api"),
        "hub_proxy_api_port": HUB.port("proxy-api"),
        "hub_loopback": context.loopback,
        "hub_server_host": context.beside(f"{HUB.name}-{SERVER}"),
        "hub_proxy_host": context.beside(HUB.name),
        "hub_pods": _pods(context, mission),
        "hub_memory_group": MEMORY_GROUP if deployment.target == "local" else "",
        "hub_proxy_token": context.secrets["hub-proxy-token"],
        "hub_cookie_secret": context.secrets["hub-cookie"],
        "hub_admin_token": context.secrets["hub-admin-token"],
        "hub_title": mission.title,
        "hub_platform_title": platform.title,
        "hub_public_url": deployment.url(mission.mission),
        "hub_portal_url": deployment.url(),
        "hub_cas_url": platform.cas.url if platform.cas else f"{deployment.url('login')}/cas",
        "hub_actors": _actors(mission),
        **_of_mission(mission, context.configs),
        "hub_idle_after": int(interactive.idle_after),
    }


def _pods(context: Context, mission: Mission) -> dict[str, Any]:
    """Return what servers of users are where they are pods; nothing where they are units of the host."""
    if not context.servers:
        return {}
    return {**context.servers, "actors": list(_actors(mission).values()), "port": SERVERS_PORT}


SERVER = "server"
"""The process that starts users' servers; the other one is what everybody connects to."""
SERVERS_PORT = 8888
"""On which servers of users listen, where they are pods."""
MEMORY_GROUP = "/run/sepp/cgroup-memory"
"""Where a local host finds a memory cgroup for users' servers, on machines whose cgroups are not unified."""
_SERVER_UNIT, _PROXY_UNIT = "jupyterhub.service", "jupyterhub-proxy.service"

HUB = Service(
    name="hub",
    title="Interactive Analysis",
    scenario="IA",
    scope="area",
    user="jupyterhub",
    number=10006,
    # Below 1024: users work on this host, and could take a higher port while its service restarts.
    ports=(
        Port(name="http", number=800, reach="core"),
        Port(name="api", number=801, reach="host"),
        Port(name="proxy-api", number=802, reach="host"),
    ),
    health=Health(units=(_SERVER_UNIT, _PROXY_UNIT), port="http", path="/hub/health"),
    processes=(
        Process(name="proxy", unit=_PROXY_UNIT, ports=("http", "proxy-api")),
        Process(name=SERVER, unit=_SERVER_UNIT, ports=("api",), apart=True, main=True),
    ),
    size=Size(cpu=0.5, memory=512 * MIB),
    needs=("storage",),
    secrets={
        "hub-proxy-token": "pages of running servers lose their connection for seconds",
        "hub-cookie": "everybody has to sign in to the hubs again",
        "hub-admin-token": "for seconds nobody can start a server",
    },
    data="/var/lib/jupyterhub",
    of_mission=_of_mission,
    variables=_variables,
)
