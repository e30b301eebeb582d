"""Where platforms run: one package for each target, with the same concepts in each.

How the operator's machine reaches a deployed platform is here, for all targets.
"""

# What is needed to reach a platform is imported late: programs that make one import this package as well.
# ruff: noqa: PLC0415

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sepp.deployment import Deployment
from sepp.engine.errors import EngineError

if TYPE_CHECKING:
    from sepp.verify.access import Hosts
    from sepp.verify.web import Entrance


SYSTEM_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
"""PEM file of the authorities that the operator's machine trusts."""


def access_to(deployment: Deployment) -> "Hosts":
    """Return the way to a platform's hosts as root; EngineError if this version has none for its target."""
    from sepp.targets.local.machine import containers_conf
    from sepp.targets.local.podman import container_name
    from sepp.verify.access import Hosts

    _require_local(deployment)

    def command(host: str, argv: Sequence[str]) -> Sequence[str]:
        return ["podman", "exec", "--interactive", container_name(deployment.name, host), *argv]

    return Hosts(access=command, environment={**os.environ, "CONTAINERS_CONF": str(containers_conf())})


def entrance_of(deployment: Deployment) -> "Entrance":
    """Return a platform's entrance as the operator's machine sees it; EngineError as for `access_to`."""
    from sepp.verify.web import Entrance

    _require_local(deployment)
    platform = deployment.platform
    return Entrance(address=platform.local.address, port=platform.port, authority=authority_of(deployment))


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
