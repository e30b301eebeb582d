"""As whom pods may speak to the cluster: nobody, but the hub, which starts servers, and what keeps the users' lists."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta, rbac

from sepp.catalogue.hub import HUB
from sepp.catalogue.identity import IDENTITY, NAMES, USERS
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What may be done with things of a kind; with all, where no names are given."""

    resource: str
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()


RIGHTS: Mapping[str, tuple[Grant, ...]] = {
    HUB.name: (
        Grant(resource="pods", verbs=("create", "delete", "get", "list", "watch")),
        Grant(resource="events", verbs=("get", "list", "watch")),
    ),
    IDENTITY.name: (Grant(resource="configmaps", verbs=("get", "patch"), names=(USERS, NAMES)),),
}
"""What services may do in their own namespace; all others have no token."""


@dataclass(frozen=True, kw_only=True)
class AccountsArgs:
    """The deployment, and the area with the namespace that the accounts are in."""

    deployment: Deployment
    area: str
    namespace: pulumi.Input[str]


class Accounts(pulumi.ComponentResource):
    """A service account for each service, and one for all servers of users. Pods get no token unless they ask."""

    def __init__(self, name: str, args: AccountsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Accounts", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        for account in accounts(args.deployment, args.area):
            core.v1.ServiceAccount(
                f"{args.area}-{account}",
                metadata=_metadata(args, account),
                automount_service_account_token=False,
                opts=own,
            )
            if account in RIGHTS:
                _allow(args, account, own)
        self.register_outputs({})


def accounts(deployment: Deployment, area: str) -> tuple[str, ...]:
    """Return the service accounts of an area."""
    users = (names.USERS_ACCOUNT,) if names.has_users(deployment, area) else ()
    return (*names.services(deployment, area), *users)


def _allow(args: AccountsArgs, account: str, own: pulumi.ResourceOptions) -> None:
    rbac.v1.Role(
        f"{args.area}-{account}",
        metadata=_metadata(args, account),
        rules=[
            rbac.v1.PolicyRuleArgs(
                api_groups=[""],
                resources=[grant.resource],
                verbs=list(grant.verbs),
                resource_names=list(grant.names) or None,
            )
            for grant in RIGHTS[account]
        ],
        opts=own,
    )
    rbac.v1.RoleBinding(
        f"{args.area}-{account}",
        metadata=_metadata(args, account),
        role_ref=rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=account),
        subjects=[rbac.v1.SubjectArgs(kind="ServiceAccount", name=account, namespace=args.namespace)],
        opts=own,
    )


def _metadata(args: AccountsArgs, account: str) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=account, namespace=args.namespace, labels=names.labels(args.deployment, args.area)
    )
