# SPDX-License-Identifier: Apache-2.0
"""Ansible inventory: the hosts of a platform with all of their variables, from its Pulumi stack."""

from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

try:
    from sepp.config.load import ConfigErrors
    from sepp.converge.inventory import exported
    from sepp.converge.own_hosts import OwnHosts, own_inventory
    from sepp.engine.errors import EngineError
    from sepp.engine.stack import Stack
except ModuleNotFoundError as error:
    raise AnsibleParserError("run the kit's own program: .venv/bin/ansible-playbook") from error

DOCUMENTATION = r"""
name: platform
short_description: The hosts of a platform, with all of their variables
description:
  - Reads the inventory that a platform's stack exports, with the platform's secrets.
  - Or makes it for hosts of one's own, from the platform's settings and the hosts' addresses.
  - Works in the kit's virtual environment (C(.venv/bin/ansible-playbook)).
author: The sepp-kit authors
options:
  plugin:
    description: Marks a file as this plugin's.
    required: true
    choices: [sepp.kit.platform]
  platform:
    description: The platform whose stack is read, as C(<target>/<platform>).
    type: str
  settings:
    description: Or the settings of a platform on hosts of one's own, a file in the format of a stack's.
    type: str
  hosts:
    description: The variables of each of these hosts; C(ansible_host) is required, and an address.
    type: dict
    default: {}
  secrets:
    description: The file in which the platform's secrets are kept; made on first use. Keep it, and keep it safe.
    type: str
    default: secrets.json
"""

EXAMPLES = r"""
# inventories/demo.platform.yml
plugin: sepp.kit.platform
platform: local/demo
"""


class InventoryModule(BaseInventoryPlugin):
    """Adds the groups, hosts and variables of a platform."""

    NAME = "sepp.kit.platform"

    def verify_file(self, path):
        """Tell whether a file may be this plugin's."""
        return super().verify_file(path) and path.endswith((".platform.yml", ".platform.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Fill the inventory as the file says."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        for group, content in self._found(Path(path).resolve().parent).items():
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

    def _found(self, folder):
        """Return the platform's inventory; paths are relative to the folder."""
        platform, settings = self.get_option("platform"), self.get_option("settings")
        if (platform is None) == (settings is None):
            raise AnsibleParserError("one of 'platform' and 'settings' is needed")
        try:
            if platform:
                with Stack.of(platform).held("ansible inventory") as run:
                    return exported(run.outputs())
            own = {"settings": folder / settings, "secrets": folder / self.get_option("secrets")}
            return own_inventory(OwnHosts(hosts=self.get_option("hosts"), **own))
        except KeyError as error:
            raise AnsibleParserError(f"{platform} is not deployed: ./sepp up {platform}") from error
        except (EngineError, ConfigErrors) as error:
            raise AnsibleParserError(str(error)) from error
