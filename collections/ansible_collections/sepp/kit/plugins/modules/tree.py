#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: a folder with all that is in it, copied at once."""

import grp
import os
import pwd
import stat
import tarfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: tree
short_description: A folder with all that is in it, copied at once
description:
  - Does what M(ansible.builtin.copy) does with a folder, in one step instead of one for each file.
  - Writes only what differs; files that are only on the host stay.
options:
  src:
    description: The folder on the controller, beside a role's other files or as an absolute path.
    type: path
    required: true
  dest:
    description: The folder on the host; it is made if it is missing.
    type: path
    required: true
  owner:
    description: Owner of the files, and of folders that are made.
    type: str
    default: root
  group:
    description: Group of the files, and of folders that are made.
    type: str
    default: root
  mode:
    description: Mode of the files, as an octal number in quotes.
    type: str
    default: "0644"
  directory_mode:
    description: Mode of folders that are made, as an octal number in quotes.
    type: str
    default: "0755"
attributes:
  check_mode:
    description: Tells what would be written.
    support: full
  diff_mode:
    description: Names the files and folders.
    support: full
author: The sepp-kit authors
"""

EXAMPLES = r"""
- name: Install the program
  sepp.kit.tree:
    src: program/
    dest: /usr/local/lib/program
"""

RETURN = r"""
written:
  description: Files and folders that were not as they should be.
  type: list
  elements: str
  returned: always
"""


class Owner:
    """Numbers of a user and a group; an unknown name has none (before its package is there, in check mode)."""

    def __init__(self, user, group):
        self.uid = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_name == user), None)
        self.gid = next((entry.gr_gid for entry in grp.getgrall() if entry.gr_name == group), None)


def differs(path, content, mode, owner):
    """Tell whether a file is missing or not as it should be."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return True
    return (
        not stat.S_ISREG(seen.st_mode)
        or (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) != (owner.uid, owner.gid, mode)
        or path.read_bytes() != content
    )


def write(path, content, mode, owner):
    """Write a file so that nobody sees half of it, or has it open with another's rights."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fchown(descriptor, owner.uid, owner.gid)
        os.fchmod(descriptor, mode)
    draft.replace(path)


def make(folder, mode, owner, check):
    """Make a folder and those above it; return those that were missing."""
    if folder.is_dir():
        return []
    made = [*make(folder.parent, mode, owner, check), str(folder)]
    if not check:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.uid, owner.gid)
        folder.chmod(mode)
    return made


def converge(params, check):
    """Bring the folder to what the archive holds; return what was not so."""
    owner = Owner(params["owner"], params["group"])
    if not check and None in (owner.uid, owner.gid):
        raise ValueError(f"there is no user {params['owner']} or no group {params['group']}")
    mode, directory_mode = int(params["mode"], 8), int(params["directory_mode"], 8)
    dest = Path(params["dest"])
    written = dict.fromkeys(make(dest, directory_mode, owner, check))  # in check mode a folder may be named twice
    with tarfile.open(params["src"]) as tar:
        for member in tar:
            path = dest / member.name
            if member.isdir():
                written.update(dict.fromkeys(make(path, directory_mode, owner, check)))
                continue
            content = tar.extractfile(member).read()
            if differs(path, content, mode, owner):
                written[str(path)] = None
                if not check:
                    write(path, content, mode, owner)
    return list(written)


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "owner": {"type": "str", "default": "root"},
            "group": {"type": "str", "default": "root"},
            "mode": {"type": "str", "default": "0644"},
            "directory_mode": {"type": "str", "default": "0755"},
        },
        supports_check_mode=True,
    )
    try:
        written = converge(module.params, module.check_mode)
    except (OSError, ValueError) as error:
        module.fail_json(msg=str(error))
    lines = "".join(f"{path}\n" for path in written)
    module.exit_json(changed=bool(written), written=written, diff={"before": "", "after": lines})


if __name__ == "__main__":
    main()
