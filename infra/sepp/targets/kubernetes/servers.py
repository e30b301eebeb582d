"""What servers of a mission's users are: pods that the hub starts. Pure."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.hub import HUB
from sepp.catalogue.identity import NAMES
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import TIER_PATHS, Deployment, Host
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.files import TRUSTED, key
from sepp.targets.kubernetes.priority import SERVERS

NUMBERS = "/run/sepp/users"
"""Where the hub finds the list of users."""
KNOWN_USERS = "/var/lib/extrausers"
"""Where the name service of pods finds the users of the directory (libnss-extrausers)."""


def servers(deployment: Deployment, settings: Kubernetes, host: Host, image: str, entrance: str) -> Mapping[str, Any]:
    """Return what the hub of a host has to know of its users' pods (`Pods` in the role's `settings.py`)."""
    tiers = [mount for mount in host.mounts if mount.volume and mount.path in TIER_PATHS.values()]
    return {
        "image": image,
        "namespace": names.namespace(deployment, settings, host.area),
        "account": names.USERS_ACCOUNT,
        "priority": names.cluster_name(deployment, settings, SERVERS),
        "host_label": names.HOST,
        "host": host.name,
        "user_label": names.USER,
        "claims": {mount.path: mount.volume for mount in tiers},
        "read_only": [mount.path for mount in tiers if mount.read_only],
        "numbers": NUMBERS,
        "names": NAMES,
        "names_at": KNOWN_USERS,
        "public_names": {entrance: list(names.public(deployment, host.area))},
        "trusted": [HUB.name, key(TRUSTED), TRUSTED],
    }
