"""From a deployment to an Ansible inventory: each host's roles with all of their variables, as plain data."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from sepp.catalogue import CATALOGUE
from sepp.converge.hashes import role_digest
from sepp.deployment import Context, Rule

Inventory = dict[str, Any]
"""An inventory in Ansible's own JSON format, with the groups `area_core` and `areas`. It holds secrets."""

SSH = 22
"""How hosts that are not containers of this machine are reached."""

_LOGIN = (
    "HOME=/root USER=root LOGNAME=root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)
_SHORTEST_SECRET = 8
_SECRET = re.compile(r"password|secret|token|signing|encryption|(^|_)keys?$")


def build(contexts: Iterable[Context]) -> Inventory:
    """Return the inventory of a platform from the contexts of all of its hosts."""
    groups: dict[str, Any] = {}
    for context in contexts:
        group = f"area_{context.host.area.replace('-', '_')}"
        groups.setdefault(group, {"hosts": {}})["hosts"][context.host.name] = host_variables(context)
    return {"area_core": groups.pop("area_core"), "areas": {"children": groups}}


def exported(outputs: Mapping[str, Any]) -> Inventory:
    """Return the inventory among a stack's outputs; KeyError if there is none.

    It is text there: the engine would sort the keys of its objects and make floating point numbers of its numbers.
    """
    return json.loads(outputs["inventory"])


def hosts(inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return the variables of each host of an inventory, the core first."""
    result = dict(inventory["area_core"]["hosts"])
    for group in inventory["areas"]["children"].values():
        result |= group["hosts"]
    return result


def arguments(inventory: Inventory, host: str, role: str) -> dict[str, Any]:
    """Return the arguments of one role on a host, with the host's `sepp_secrets`."""
    found = hosts(inventory)[host]
    return {name: value for name, value in found.items() if name.startswith(f"{role}_") or name == "sepp_secrets"}


def host_variables(context: Context) -> dict[str, Any]:
    """Return all variables of a host: how to reach it, its roles with the hashes of what they apply, their arguments.

    `sepp_secrets` holds the secrets among them, so that they are recognised where something is shown or logged.
    """
    by_role = {role: role_variables(context, role) for role in CATALOGUE if role in context.host.services}
    all_arguments = {name: value for variables in by_role.values() for name, value in variables.items()}
    return {
        **_connection(context),
        "sepp_roles": [{"name": role, "digest": role_digest(role, by_role[role])} for role in by_role],
        "sepp_secrets": _secrets(context, all_arguments),
        **all_arguments,
    }


def of_container(name: str) -> dict[str, Any]:
    """Return the variables by which Ansible enters a container of this machine, as root, in a login's environment."""
    return {
        "ansible_connection": "mitogen_setns",
        "ansible_host": name,
        # What it asks podman for is the same that Docker would tell.
        "mitogen_kind": "docker",
        "mitogen_docker_path": "podman",
        # It would go on with the environment of the kit, in which there are secrets.
        "ansible_python_interpreter": f"/usr/bin/env --ignore-environment {_LOGIN} /usr/bin/python3",
    }


def role_variables(context: Context, role: str) -> Mapping[str, Any]:
    """Return a role's arguments on a host, as data that survives JSON."""
    variables = dict(CATALOGUE[role].variables(context))
    if role == "base":
        variables |= {"base_rules": _rules(context), "base_names": _names(context)}
    return json.loads(json.dumps(variables))


def _connection(context: Context) -> dict[str, Any]:
    if context.deployment.target == "local":
        container = f"sepp-{context.deployment.name}-{context.host.name}"
        return of_container(container)
    return {"ansible_host": context.addresses[context.host.name], **context.connection}


def _rules(context: Context) -> list[dict[str, Any]]:
    """Return which addresses may connect to which ports of the host; `any` stands for all."""
    ports: dict[int, list[str]] = {} if context.deployment.target == "local" else {SSH: [*context.ssh_sources]}
    for rule in context.deployment.rules:
        if rule.host == context.host.name:
            ports.setdefault(rule.port, []).extend(_sources(context, rule))
    return [{"port": port, "from": sorted(set(sources))} for port, sources in sorted(ports.items())]


def _sources(context: Context, rule: Rule) -> Iterable[str]:
    if rule.source == "outside":
        return ("any",)
    if rule.source == "platform":
        # The network also holds the hosts of missions to come.
        subnet = context.deployment.subnet
        return (subnet,) if subnet else context.addresses.values()
    return (context.addresses[rule.source],)


def _names(context: Context) -> dict[str, list[str]]:
    """Return the names of each address that a host uses: the core's public ones, and its own area's hosts.

    A mission's hosts do not know other missions, so that a new one does not change them; the core knows all.
    """
    names: dict[str, list[str]] = {}
    for host in context.deployment.hosts:
        if context.host.area in ("core", host.area) or host.area == "core":
            names[context.addresses[host.name]] = [host.name, *(_public(context) if host.name == "core" else ())]
    return names


def _public(context: Context) -> Iterator[str]:
    """Give the names at the entrance that a host uses."""
    domain = context.deployment.platform.domain
    yield domain
    yield f"files.{domain}"
    if context.deployment.platform.cas is None:
        yield f"login.{domain}"
    for mission in context.deployment.missions:
        if context.host.area in ("core", mission.mission):
            yield f"{mission.mission}.{domain}"


def _secrets(context: Context, arguments: Mapping[str, Any]) -> list[str]:
    """Return the secrets that occur in a host's variables, also those derived from others: their names tell.

    Of keys each line is one, as they may be shown in parts.
    """
    given = {*context.secrets.values(), *(pair.key for pair in context.certificates.values())}
    values = [value for name, value in _strings("", arguments) if _SECRET.search(name) or value in given]
    lines = {line for value in values for line in value.splitlines() if not line.startswith("-----")}
    return sorted(line for line in lines if len(line) >= _SHORTEST_SECRET)


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Give all strings in nested data, each with the name that it has there."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _strings(key, inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _strings(name, inner)
