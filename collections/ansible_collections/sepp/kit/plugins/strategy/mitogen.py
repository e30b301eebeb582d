# SPDX-License-Identifier: Apache-2.0
"""Ansible strategy: one task after the other on all hosts, by Mitogen; found here whatever Python runs Ansible."""

from ansible_mitogen import affinity
from ansible_mitogen.plugins.strategy.mitogen_linear import StrategyModule

DOCUMENTATION = r"""
name: mitogen
short_description: Runs tasks as C(linear) does, with modules that stay loaded on the hosts
description:
  - The strategy C(mitogen_linear) of the library Mitogen, under a name that needs no path in C(ansible.cfg).
author: The sepp-kit authors
"""

__all__ = ("StrategyModule",)

# Mitogen would bind its processes to single cores, and with them what they start on local hosts: on a machine of two
# cores all would wait for one.
affinity.policy = affinity.Policy()
