"""What a cluster offers, as plain values: the preflight and the tests use the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sepp.catalogue.service import Size


@dataclass(frozen=True, order=True, kw_only=True)
class Act:
    """What an operator does anywhere in a cluster: a verb on a resource of an API group."""

    group: str
    resource: str
    verb: str


@dataclass(frozen=True, kw_only=True)
class StorageClass:
    """A storage class: whether it is the cluster's default, and whether its claims can be made larger."""

    default: bool = False
    grows: bool = False


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that is there already; `size` in bytes."""

    size: int
    storage_class: str | None
    access_modes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Where a Gateway listens; `routes` says of which namespaces it takes routes: `Same`, `All` or `Selector`."""

    protocol: str
    routes: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster as the operator sees it; `version` is its major and minor number.

    `refused` is what she may not do; what she may not see is empty here.
    """

    version: tuple[int, int]
    identity: str = ""
    """What tells it from any other: the id of its first namespace."""
    refused: frozenset[Act] = frozenset()
    admission: frozenset[str] = frozenset()
    """Resources of the API group `admissionregistration.k8s.io/v1`."""
    pod_security: bool = True
    """The labels of Pod Security are obeyed."""
    storage_classes: Mapping[str, StorageClass] = field(default_factory=dict[str, StorageClass])
    ingress_classes: frozenset[str] = frozenset()
    issuers: frozenset[str] = frozenset()
    """ClusterIssuers of cert-manager."""
    gateway_kinds: frozenset[str] = frozenset()
    """Resources of the Gateway API, `gateway.networking.k8s.io/v1`."""
    listeners: Mapping[str, Listener] | None = None
    """Listeners, by name, of the Gateway that the settings name; None if there is none that may be seen."""
    owners: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """The platform that namespaces and other things of the whole cluster are of, by resource and name."""
    claims: Mapping[tuple[str, str], Claim] = field(default_factory=dict[tuple[str, str], Claim])
    """Claims of the platform's namespaces, by namespace and name."""
    nodes: tuple[Size, ...] = ()
    """What each node that takes any pod has for pods."""
    merging_nodes: tuple[str, ...] = ()
    """Those among them that would give a pod also the groups that its image says."""
    api_servers: tuple[tuple[str, int], ...] = ()
    """Addresses and ports of the API server itself, behind the cluster's own address for it."""
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    """What the Secret holds that the settings name; None if there is none that may be read."""
    dns_pods: int = 0
    """How many pods the cluster's DNS has, where the settings say that it is."""
