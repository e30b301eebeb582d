"""A platform on hosts of the operator's own: the inventory without an engine, from settings and addresses."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sepp.catalogue import CATALOGUE
from sepp.config.load import load
from sepp.converge.inventory import Inventory, build, hosts
from sepp.deployment import Certificate, Context, Deployment
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS
from sepp.plan import plan
from sepp.targets.given import given_certificate
from sepp.targets.pki import issue, make_authority, renewal_due
from sepp.targets.trust import believed

TARGET = "hosts"

_SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class OwnHosts:
    """The platform's settings file, its hosts' variables by name (`ansible_host` is an address), where secrets are."""

    settings: Path
    hosts: Mapping[str, Mapping[str, Any]]
    secrets: Path


def own_inventory(own: OwnHosts) -> Inventory:
    """Return the inventory of a platform on these hosts; secrets and certificates are made where they are missing.

    ConfigErrors if the settings or a mission are faulty, EngineError if hosts are missing or too many.
    """
    platform, missions = load(own.settings, MISSIONS)
    deployment = plan(platform, missions, name=own.settings.stem.removeprefix("Pulumi."), target=TARGET)
    _compare(deployment, own)
    kept = _kept(deployment, own.secrets)
    inventory = build(
        Context(
            deployment=deployment,
            host=host,
            addresses={name: str(variables["ansible_host"]) for name, variables in own.hosts.items()},
            secrets=kept["secrets"],
            authority=believed(kept["authority"]["certificate"], platform.tls),
            certificates={name: Certificate(**pair) for name, pair in kept["certificates"].items()},
            configs=MISSIONS,
            known=missions,
        )
        for host in deployment.hosts
    )
    for name, variables in hosts(inventory).items():
        variables.update(own.hosts[name])
    return inventory


def _compare(deployment: Deployment, own: OwnHosts) -> None:
    wanted = {host.name for host in deployment.hosts}
    for names, word in ((wanted - set(own.hosts), "missing"), (set(own.hosts) - wanted, "not wanted")):
        if names:
            raise EngineError(
                f"hosts {word}: {', '.join(sorted(names))}", f"name these hosts: {', '.join(sorted(wanted))}"
            )
    without = [name for name, variables in own.hosts.items() if "ansible_host" not in variables]
    if without:
        raise EngineError(f"no ansible_host (an address): {', '.join(without)}")


def _kept(deployment: Deployment, file: Path) -> dict[str, Any]:
    """Return secrets and certificates, with what was missing made and written to the file of mode 0600."""
    before: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    authority = before.get("authority") or asdict(make_authority(deployment.platform.title))
    known = before.get("secrets", {})
    names = {name for host in deployment.hosts for service in host.services for name in CATALOGUE[service].secrets}
    kept = {
        "authority": authority,
        "secrets": {**known, **{name: secrets.token_urlsafe(_SECRET_BYTES) for name in sorted(names - set(known))}},
        "certificates": _certificates(deployment, Certificate(**authority), before),
        "names": _names(deployment),
    }
    if kept != before:
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            json.dump(kept, opened, indent=2)
        draft.replace(file)
    return kept


def _names(deployment: Deployment) -> dict[str, list[str]]:
    return {"directory": ["core"], "entrance": list(deployment.public_names)}


def _certificates(deployment: Deployment, authority: Certificate, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the certificates: those of before where they serve the same names and last, new ones else."""
    result: dict[str, Any] = {}
    for use, names in _names(deployment).items():
        old = before.get("certificates", {}).get(use)
        fits = old is not None and before["names"][use] == names and not renewal_due(old["certificate"])
        result[use] = old if fits else asdict(issue(authority, names))
    given = given_certificate(deployment.platform.tls, deployment.public_names)
    if given is not None:
        result["entrance"] = asdict(given)
    return result
