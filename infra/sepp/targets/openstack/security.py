"""Security groups: what the plan's rules allow, and nothing else."""

from dataclasses import dataclass

import pulumi
from pulumi_openstack import networking

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment
from sepp.targets.openstack.names import cloud_name, tags
from sepp.targets.openstack.rules import GroupRule, group_rules, groups, groups_of


@dataclass(frozen=True, kw_only=True)
class SecurityArgs:
    """The deployment with its settings."""

    deployment: Deployment
    settings: OpenStack


class Security(pulumi.ComponentResource):
    """The groups of all hosts. What is in a group depends on its rules, so that it never runs without them."""

    def __init__(self, name: str, args: SecurityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Security", name, {}, opts)
        self._groups = {
            group: networking.SecGroup(
                group,
                name=cloud_name(args.deployment, group),
                # A new group may send anything: what hosts may send is stated.
                delete_default_rules=True,
                tags=tags(args.deployment, area),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for group, area in groups(args.deployment, args.settings).items()
        }
        self._rules: dict[str, list[pulumi.Resource]] = {group: [] for group in self._groups}
        for rule in group_rules(args.deployment, args.settings):
            self._rules[rule.group].append(self._rule(rule))
        self.register_outputs({})

    def groups_of(self, server: str) -> list[pulumi.Output[str]]:
        """Return the groups of a server's ports."""
        return [self._groups[group].id for group in groups_of(server)]

    def rules_of(self, server: str) -> list[pulumi.Resource]:
        """Return the rules of these groups."""
        return [rule for group in groups_of(server) for rule in self._rules[group]]

    def _rule(self, rule: GroupRule) -> networking.SecGroupRule:
        return networking.SecGroupRule(
            rule.name,
            security_group_id=self._groups[rule.group].id,
            direction="ingress" if rule.way == "in" else "egress",
            ethertype="IPv4",
            protocol=rule.protocol,
            port_range_min=rule.port,
            port_range_max=rule.port,
            remote_ip_prefix=rule.range,
            remote_group_id=self._groups[rule.peer].id if rule.peer else None,
            # Neutron refuses a second rule that allows the same.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
