"""All checks of a platform, in the order in which an operator wants to know."""

from collections.abc import Iterator

from sepp.deployment import Deployment
from sepp.verify.access import Hosts
from sepp.verify.certificates import check_certificates
from sepp.verify.health import check_hosts, check_services
from sepp.verify.notebook import Server
from sepp.verify.result import CheckError, Result, check
from sepp.verify.rights import check_rights
from sepp.verify.room import check_room
from sepp.verify.users import Cast, cast
from sepp.verify.web import Entrance

HELLO = {
    "python": ("python3", "print(6 * 7)"),
    "r": ("ir", "cat(6 * 7)"),
    "octave": ("octave", "printf('%d', 6 * 7)"),
    "gdl": ("gdl", "print, 6 * 7"),
}
"""For each language the kernel's name and a program that prints 42."""


def of_hosts(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check the hosts, their certificates, the room on their volumes, and their services."""
    yield from check_hosts(deployment, hosts)
    yield from check_certificates(deployment, hosts)
    yield from check_room(deployment, hosts)
    yield from check_services(deployment, hosts)


def of_missions(deployment: Deployment, hosts: Hosts, entrance: Entrance) -> Iterator[Result]:
    """Check for each mission the rights and the notebooks.

    Needs a platform that converged. Users of the checks are added and taken away again.
    """
    for mission in deployment.missions:
        if not mission.actors or (mission.storage is None and mission.interactive is None):
            continue
        try:
            with cast(hosts, deployment, mission) as users:
                yield from check_rights(deployment, hosts, entrance, users)
                if mission.interactive is not None:
                    yield from _check_notebooks(deployment, entrance, users)
        except CheckError as error:
            yield Result(group=f"rights of {mission.mission}", name="users", passed=False, detail=str(error), seconds=0)


def _check_notebooks(deployment: Deployment, entrance: Entrance, users: Cast) -> Iterator[Result]:
    mission = deployment.mission(users.mission)
    if mission.interactive is None:
        return
    group = f"notebooks of {mission.mission}"
    with Server(entrance, deployment.url(mission.mission), users.other.name, users.other.password) as server:
        for language in mission.interactive.kernels:
            yield check(group, language, lambda name=language: _computes(server, *HELLO[name]))


def _computes(server: Server, kernel: str, code: str) -> str:
    printed = server.execute(code, kernel).strip()
    if printed != "42":
        raise CheckError(f"kernel {kernel} printed {printed!r}, not 42")
    return "6 * 7 = 42"
