#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: what a host has been converged to."""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: marker
short_description: What a host has been converged to
description:
  - Reads which content of which roles a host has, and remembers that it has a role's content.
  - A marker is written after its role has run to its end, so a run that was killed leaves none.
options:
  role:
    description: The role that the host has. Without it, nothing is written.
    type: str
  digest:
    description: The hash of the role's content and variables.
    type: str
attributes:
  check_mode:
    description: Reads; writes nothing.
    support: full
author: The sepp-kit authors
"""

EXAMPLES = r"""
- name: What the host has
  sepp.kit.marker:
  register: markers
"""

RETURN = r"""
digests:
  description: The hash of each role that the host has.
  type: dict
  returned: always
"""

FOLDER = Path("/var/lib/sepp/converged")


def read(folder):
    """Return the hash of each role in a folder of markers."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return {file.name: file.read_text(encoding="utf-8").strip() for file in files if file.suffix == ""}


def write(folder, role, digest):
    """Write a role's marker, under another name until it is complete."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = folder / f"{role}.new"
    draft.write_text(f"{digest}\n", encoding="utf-8")
    draft.replace(folder / role)


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={"role": {"type": "str"}, "digest": {"type": "str", "no_log": False}},
        required_together=[("role", "digest")],
        supports_check_mode=True,
    )
    role, digest = module.params["role"], module.params["digest"]
    changed = role is not None and read(FOLDER).get(role) != digest
    if changed and not module.check_mode:
        write(FOLDER, role, digest)
    module.exit_json(changed=changed, digests=read(FOLDER))


if __name__ == "__main__":
    main()
