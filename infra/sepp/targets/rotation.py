"""What of a platform is made anew by command: its generated secrets, and the certificates of its own authority."""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime

from sepp.catalogue import CATALOGUE
from sepp.deployment import Deployment

_VARIABLE = "SEPP_ROTATE"
_CERTIFICATE = "certificate "
"""How names of certificates begin among those of secrets."""


def secrets(deployment: Deployment) -> Mapping[str, str]:
    """Return the names of the secrets that a platform's services need, each with what users notice of a new one."""
    services = {service for host in deployment.hosts for service in host.services}
    return dict(sorted(entry for service in services for entry in CATALOGUE[service].secrets.items()))


def generated(deployment: Deployment) -> Mapping[str, str]:
    """Return those of the secrets that the kit makes: all, or none where the cluster has them."""
    settings = deployment.platform.kubernetes if deployment.target == "kubernetes" else None
    return {} if settings and settings.secrets else secrets(deployment)


def certificates(deployment: Deployment) -> Mapping[str, str]:
    """Return the names of the certificates that the platform's own authority signs, each with what users notice."""
    tls = deployment.platform.tls
    entrance = {} if tls.given or tls.acme else {"entrance": "nothing"}
    return {"directory": "for seconds nobody can sign in", **entrance}


def of_certificate(name: str) -> str:
    """Return the name that a certificate has among the parts that are made anew."""
    return f"{_CERTIFICATE}{name}"


def environment(parts: Iterable[str], now: datetime) -> Mapping[str, str]:
    """Return the environment variables that ask the program to make these parts anew; the time names the generation."""
    return {_VARIABLE: json.dumps(dict.fromkeys(parts, now.isoformat(timespec="seconds")))}


def asked() -> Mapping[str, str]:
    """Return the parts that this run shall make anew, each with the name of its new generation."""
    return json.loads(os.environ.get(_VARIABLE, "{}"))
