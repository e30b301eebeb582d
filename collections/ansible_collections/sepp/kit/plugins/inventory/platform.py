# SPDX-License-Identifier: Apache-2.0
"""Ansible inventory: the hosts of a platform with all of their variables, from its Pulumi stack."""

DOCUMENTATION = r"""
name: platform
short_description: The hosts of a platform, from its stack
description:
  - Reads the inventory that the stack exports, with all variables of the hosts and the platform's secrets.
  - Runs in the kit's virtual environment, whose program finds the stack.
author: The sepp-kit authors
options:
  plugin:
    description: Marks a file as this plugin's.
    required: true
    choices: [sepp.kit.platform]
  platform:
    description: The platform, as C(<target>/<platform>).
    type: str
    required: true
"""

EXAMPLES = r"""
# inventories/demo.platform.yml, used as
# .venv/bin/ansible-playbook -i inventories/demo.platform.yml playbooks/site.yml
plugin: sepp.kit.platform
platform: local/demo
"""

import json
import os
import subprocess
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin


class InventoryModule(BaseInventoryPlugin):
    """Adds the groups, hosts and variables of a platform."""

    NAME = "sepp.kit.platform"

    def verify_file(self, path):
        """Tell whether a file may be this plugin's."""
        return super().verify_file(path) and path.endswith((".platform.yml", ".platform.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Fill the inventory from the stack that the file names."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        for group, content in self._exported(self.get_option("platform")).items():
            self._add_group(group, content)

    def _add_group(self, name, content):
        self.inventory.add_group(name)
        for host, variables in content.get("hosts", {}).items():
            self.inventory.add_host(host, name)
            for variable, value in variables.items():
                self.inventory.set_variable(host, variable, value)
        for child, inner in content.get("children", {}).items():
            self._add_group(child, inner)
            self.inventory.add_child(name, child)

    def _exported(self, platform):
        """Return the inventory that the platform's stack exports."""
        root = next(folder for folder in Path(__file__).resolve().parents if (folder / "sepp").is_file())
        wanted = ["env", platform]
        variables = subprocess.run([root / "sepp", *wanted], capture_output=True, text=True, check=False)
        if variables.returncode != 0:
            raise AnsibleParserError(f"{platform}: {variables.stderr.strip()}")
        command = 'eval "$1" && exec pulumi stack output --json --show-secrets inventory'
        output = subprocess.run(
            ["/bin/sh", "-c", command, "sh", variables.stdout],
            cwd=root / "stacks" / platform.partition("/")[0],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )
        if output.returncode != 0:
            raise AnsibleParserError(f"{platform}: {output.stderr.strip()}")
        return json.loads(output.stdout)
