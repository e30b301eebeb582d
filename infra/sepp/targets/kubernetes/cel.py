"""What is compared of a pod, in the cluster's expression language (CEL). Pure.

A field that is not set is no value there but an error, or passes unseen: every optional one is asked for with `has`.
"""

import json
from dataclasses import dataclass
from typing import get_args

from sepp.deployment import Tier
from sepp.targets.kubernetes.names import HOST, SERVICE
from sepp.targets.marks import MISSION


@dataclass(frozen=True, kw_only=True)
class Account:
    """A kind of pods. `label` names the account on the list; `service_account` is None where it has the same name.

    `volumes` are the kinds of volumes that such pods may have; those `with_token` may speak to the cluster as well, and
    those `with_root` may have containers of root, with no more rights than the cluster's own baseline allows.
    `of_users` are servers of users: by their labels no service, claims of tiers only, the repository read-only, and
    no secret.
    """

    label: str
    service_account: str | None
    volumes: tuple[str, ...]
    with_token: tuple[str, ...] = ()
    with_root: tuple[str, ...] = ()
    of_users: bool = False


def variables(account: Account) -> dict[str, str]:
    """Return what the validations are made of, by name, each after what it needs."""
    labelled = f"has(object.metadata.labels) && '{account.label}' in object.metadata.labels"
    return {
        "account": f"{labelled} ? object.metadata.labels['{account.label}'] : ''",
        "listed": "has(params.data) && variables.account in params.data",
        "numbers": "variables.listed ? params.data[variables.account].split(':') : ['', '', '']",
        "groups": "variables.numbers[2].split(',')",
        "own": "has(object.spec.securityContext)",
        "containers": "object.spec.containers"
        " + (has(object.spec.initContainers) ? object.spec.initContainers : [])"
        " + (has(object.spec.ephemeralContainers) ? object.spec.ephemeralContainers : [])",
        "volumes": "has(object.spec.volumes) ? object.spec.volumes : []",
        "roots": f"{_any_of(account.with_root)} ? variables.containers.filter(c, has(c.securityContext)"
        " && has(c.securityContext.runAsUser) && c.securityContext.runAsUser == 0).map(c, c.name) : []",
    }


def validations(account: Account) -> dict[str, str]:
    """Return what has to hold, by what is said where it does not."""
    name = f"'{account.service_account}'" if account.service_account else "variables.account"
    kinds = " || ".join(f"has(v.{kind})" for kind in account.volumes)
    found = {
        f"the label {account.label} names nobody of this namespace": "variables.listed",
        "the pod has to run as the user on the list": _pinned("runAsUser", 0),
        "the pod has to run with the group on the list": _pinned("runAsGroup", 1),
        **_group_of_volumes(account),
        "the pod has a group that is not on the list": "!variables.own"
        " || !has(object.spec.securityContext.supplementalGroups)"
        " || object.spec.securityContext.supplementalGroups.all(g, string(g) in variables.groups)",
        "the pod has the groups that its image says: set supplementalGroupsPolicy to Strict": "variables.own"
        " && has(object.spec.securityContext.supplementalGroupsPolicy)"
        " && object.spec.securityContext.supplementalGroupsPolicy == 'Strict'",
        "the pod has to have the service account of its own": "has(object.spec.serviceAccountName)"
        f" && object.spec.serviceAccountName == {name}",
        f"the pod has a volume of another kind than {', '.join(account.volumes)}": "variables.volumes.all(v,"
        f" {kinds} || (has(v.projected) && {_any_of(account.with_token)}))",
    }
    return {**found, **_restricted(), **(_of_users() if account.of_users else _of_services())}


def _any_of(accounts: tuple[str, ...]) -> str:
    """The pod's account is one of these."""
    return f"(variables.account in {json.dumps(accounts)})"


def _group_of_volumes(account: Account) -> dict[str, str]:
    """The group that volumes are given to: a service's own, which owns nothing else; tiers keep whose they are."""
    without = "!variables.own || !has(object.spec.securityContext.fsGroup)"
    if account.of_users:
        return {"fsGroup changes whose files are: leave it out": without}
    own = "string(object.spec.securityContext.fsGroup) == variables.numbers[1]"
    claims = "variables.volumes.all(v, !has(v.persistentVolumeClaim) || v.persistentVolumeClaim.claimName == "
    mine = f"namespaceObject.metadata.labels['{MISSION}'] + '-' + variables.account)"
    return {
        "fsGroup is for a service with its own data alone, and its own group": f"{without} || ({own} && {claims}{mine})"
    }


def _pinned(field: str, index: int) -> str:
    """A number of the pod's is that of the list, and no container has another one."""
    wanted = f"variables.numbers[{index}]"
    return (
        f"variables.own && has(object.spec.securityContext.{field})"
        f" && string(object.spec.securityContext.{field}) == {wanted}"
        f" && variables.containers.all(c, !has(c.securityContext) || !has(c.securityContext.{field})"
        f" || string(c.securityContext.{field}) == {wanted}"
        f" || (c.name in variables.roots && c.securityContext.{field} == 0))"
    )


def _restricted() -> dict[str, str]:
    """What the cluster's own standard has beside this, where it cannot be enforced because one container is root."""
    rights = "c.securityContext.capabilities"
    return {
        "a container may gain rights: set allowPrivilegeEscalation to false": "variables.containers.all(c,"
        " has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation)"
        " && !c.securityContext.allowPrivilegeEscalation)",
        "a container has to drop all rights": "variables.containers.all(c, has(c.securityContext)"
        f" && has({rights}) && has({rights}.drop) && 'ALL' in {rights}.drop)",
        "a container has rights that only root's may have": "variables.containers.all(c, c.name in variables.roots"
        f" || !has(c.securityContext) || !has({rights}) || !has({rights}.add)"
        f" || {rights}.add.all(r, r == 'NET_BIND_SERVICE'))",
        "the pod has to have a seccomp profile": "variables.own && has(object.spec.securityContext.seccompProfile)",
    }


def _of_services() -> dict[str, str]:
    return {
        "services are started by the cluster, not by one of them": "!request.userInfo.username.startsWith("
        "'system:serviceaccount:' + request.namespace + ':')",
    }


def _of_users() -> dict[str, str]:
    claims = ", ".join(f"'{tier}'" for tier in get_args(Tier))
    mission = f"namespaceObject.metadata.labels['{MISSION}']"
    return {
        "the pod has to have the label of the mission's host, and of no service": "has(object.metadata.labels)"
        f" && '{HOST}' in object.metadata.labels && object.metadata.labels['{HOST}'] == {mission}"
        f" && !('{SERVICE}' in object.metadata.labels)",
        "the pod has a claim that is no tier of the mission": "variables.volumes.all(v, !has(v.persistentVolumeClaim)"
        f" || [{claims}].exists(t, v.persistentVolumeClaim.claimName == {mission} + '-' + t))",
        "the pod has the repository not read-only": "variables.volumes.all(v, !has(v.persistentVolumeClaim)"
        f" || v.persistentVolumeClaim.claimName != {mission} + '-repository'"
        " || (has(v.persistentVolumeClaim.readOnly) && v.persistentVolumeClaim.readOnly))",
        "the pod reads a secret": "variables.containers.all(c,"
        " (!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef)))"
        " && (!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef))))",
    }
