"""What cloud-init does at a host's first boot: only what is needed before Ansible can reach it. Pure."""

import json
from typing import Any

from sepp.targets.openstack.keys import public_of

JUMP_USER = "jump"


def of_host(name: str, host_key: str, entry_key: str) -> str:
    """Return the user data of a host of the platform: its key, and who may be root there."""
    return _cloud_config(
        name, host_key, {"disable_root": False, "users": [{"name": "root", **_authorized(public_of(entry_key))}]}
    )


def of_jump(name: str, host_key: str, entry_key: str) -> str:
    """Return the user data of the jump host: one user, who may do nothing but go on to the hosts."""
    key = f"restrict,port-forwarding {public_of(entry_key)}"
    user = {"name": JUMP_USER, "shell": "/usr/sbin/nologin", "lock_passwd": True, **_authorized(key)}
    return _cloud_config(name, host_key, {"users": [user]})


def _authorized(key: str) -> dict[str, list[str]]:
    return {"ssh_authorized_keys": [key]}


def _cloud_config(name: str, host_key: str, more: dict[str, Any]) -> str:
    config = {
        "hostname": name,
        "preserve_hostname": False,
        "ssh_pwauth": False,
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": host_key, "ed25519_public": public_of(host_key)},
        **more,
    }
    # JSON is YAML.
    return f"#cloud-config\n{json.dumps(config, indent=1)}\n"
