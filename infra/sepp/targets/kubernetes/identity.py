"""As who pods run: the cluster itself lets anybody ask for any user and group, so the platform pins them.

A ConfigMap of each namespace lists who there is, one policy of the cluster compares. Services are listed here; users
are listed in another ConfigMap by the service that reads the directory, and until it has done so no server of a user
starts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import admissionregistration, core, meta

from sepp.catalogue import CATALOGUE
from sepp.catalogue.identity import IDENTITY, NAMES, USERS
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.accounts import RIGHTS
from sepp.targets.kubernetes.cel import Account, validations, variables
from sepp.targets.marks import MISSION, PLATFORM

SERVICES = "services"
"""The ConfigMap with the services, and the policy that compares with it; those of users are both `USERS`."""

FOLLOWING = "sepp-lists"
"""The policy because of which API servers follow lists; all platforms of a cluster have it together, and it stays."""

_LIST = admissionregistration.v1.ParamKindArgs(api_version="v1", kind="ConfigMap")

_ACCOUNTS = {
    SERVICES: Account(
        label=names.SERVICE,
        service_account=None,
        volumes=("configMap", "emptyDir", "persistentVolumeClaim", "secret"),
        with_token=tuple(RIGHTS),
        with_root=tuple(name for name, service in CATALOGUE.items() if service.keeps_tiers),
    ),
    USERS: Account(
        label=names.USER,
        service_account=names.USERS_ACCOUNT,
        volumes=("configMap", "emptyDir", "persistentVolumeClaim"),
        of_users=True,
    ),
}


@dataclass(frozen=True, kw_only=True)
class IdentitiesArgs:
    """The deployment, and the area with the namespace that the list is for."""

    deployment: Deployment
    area: str
    namespace: pulumi.Input[str]


class Identities(pulumi.ComponentResource):
    """The list of an area's services, `user:group:further groups`, all of them numbers; and its users' lists, empty."""

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Identities", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        data = dict(_listed(args.deployment, args.area))
        core.v1.ConfigMap(name, metadata=_listing(args, SERVICES), data=data, opts=own)
        if IDENTITY.name in data:
            # Filled by the service, which may change these two and make no others.
            others = pulumi.ResourceOptions(parent=self, ignore_changes=["data"])
            for kept in (USERS, NAMES):
                core.v1.ConfigMap(f"{name}-{kept}", metadata=_listing(args, kept), opts=others)
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class PinningArgs:
    """The deployment with its settings."""

    deployment: Deployment
    settings: Kubernetes


class Pinning(pulumi.ComponentResource):
    """The policies that compare every pod of the platform's namespaces with the lists."""

    def __init__(self, name: str, args: PinningArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Pinning", name, {}, opts)
        for kind, account in _ACCOUNTS.items():
            self._policy(args, kind, account)
            self._binding(args, kind)
        self._following()
        self.register_outputs({})

    def _policy(self, args: PinningArgs, kind: str, account: Account) -> None:
        v1 = admissionregistration.v1
        is_users = f"has(object.metadata.labels) && '{names.USER}' in object.metadata.labels"
        v1.ValidatingAdmissionPolicy(
            kind,
            metadata=_metadata(args, kind),
            spec=v1.ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                param_kind=_LIST,
                match_constraints=v1.MatchResourcesArgs(
                    resource_rules=[
                        v1.NamedRuleWithOperationsArgs(
                            api_groups=[""],
                            api_versions=["v1"],
                            operations=["CREATE", "UPDATE"],
                            resources=["pods", "pods/ephemeralcontainers"],
                        )
                    ]
                ),
                match_conditions=[
                    # Else a pod could not end whose list is gone already.
                    v1.MatchConditionArgs(name="stays", expression="!has(object.metadata.deletionTimestamp)"),
                    v1.MatchConditionArgs(name=kind, expression=is_users if kind == USERS else f"!({is_users})"),
                ],
                variables=[v1.VariableArgs(name=key, expression=value) for key, value in variables(account).items()],
                validations=[
                    v1.ValidationArgs(expression=expression, message=message, reason="Forbidden")
                    for message, expression in validations(account).items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _binding(self, args: PinningArgs, kind: str) -> None:
        v1 = admissionregistration.v1
        v1.ValidatingAdmissionPolicyBinding(
            kind,
            metadata=_metadata(args, kind),
            spec=v1.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=names.cluster_name(args.deployment, args.settings, kind),
                param_ref=v1.ParamRefArgs(name=kind, parameter_not_found_action="Deny"),
                match_resources=v1.MatchResourcesArgs(
                    namespace_selector=meta.v1.LabelSelectorArgs(match_labels={PLATFORM: args.deployment.name}),
                    # A missing list refuses all that a binding selects, whatever the policy's conditions say: without
                    # the users' list, services start, and one of them makes it.
                    object_selector=meta.v1.LabelSelectorArgs(
                        match_expressions=[
                            meta.v1.LabelSelectorRequirementArgs(
                                key=names.USER, operator="Exists" if kind == USERS else "DoesNotExist"
                            )
                        ]
                    ),
                ),
                validation_actions=["Deny"],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _following(self) -> None:
        """Make a policy that judges nothing, and outlives the platform.

        Without any policy that has ConfigMaps as parameters an API server follows these no more, and when one comes
        again it compares with what it knew then, until it is restarted (`ensureParamsForPolicyLocked` in
        k8s.io/apiserver 0.36).
        """
        v1 = admissionregistration.v1
        # Of no platform: who takes one away has not to ask whose it is.
        metadata = meta.v1.ObjectMetaArgs(name=FOLLOWING, labels={PLATFORM: "", MISSION: ""})
        stays = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        nothing = v1.NamedRuleWithOperationsArgs(
            api_groups=["nothing.invalid"], api_versions=["v1"], operations=["CREATE"], resources=["nothings"]
        )
        v1.ValidatingAdmissionPolicy(
            FOLLOWING,
            metadata=metadata,
            spec=v1.ValidatingAdmissionPolicySpecArgs(
                failure_policy="Ignore",
                param_kind=_LIST,
                match_constraints=v1.MatchResourcesArgs(resource_rules=[nothing]),
                validations=[v1.ValidationArgs(expression="true")],
            ),
            opts=stays,
        )
        v1.ValidatingAdmissionPolicyBinding(
            FOLLOWING,
            metadata=metadata,
            spec=v1.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=FOLLOWING,
                param_ref=v1.ParamRefArgs(name=FOLLOWING, parameter_not_found_action="Allow"),
                validation_actions=["Deny"],
            ),
            opts=stays,
        )


def _listed(deployment: Deployment, area: str) -> Iterator[tuple[str, str]]:
    for service in names.services(deployment, area):
        number = CATALOGUE[service].number
        yield service, f"{number}:{number}:"


def _listing(args: IdentitiesArgs, name: str) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=names.labels(args.deployment, args.area))


def _metadata(args: PinningArgs, kind: str) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=names.cluster_name(args.deployment, args.settings, kind), labels=names.labels(args.deployment, "core")
    )
