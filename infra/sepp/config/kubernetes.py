"""Settings of the Kubernetes target: what of the cluster the platform uses."""

from typing import Literal

from pydantic import Field

from sepp.config.mission import Model
from sepp.config.text import Address, ClusterName, Label, LabelKey, LabelValue, Line, Registry, Subnet
from sepp.config.units import GIB, Size

ISSUED = "entrance-certificate"
"""The Secret into which cert-manager writes."""

AccessMode = Literal["ReadWriteMany", "ReadWriteOnce"]


class ClaimSettings(Model):
    """How a tier is kept."""

    size: Size = Field(title="Size", examples=["2 TiB"])
    """Size; claims grow where their class lets them, and never shrink."""
    storage_class: ClusterName | None = Field(None, title="Storage class", examples=["cephfs"])
    """Storage class; the default is `sepp:kubernetes.storage_class`."""
    access_mode: AccessMode | None = Field(None, title="Access mode", examples=["ReadWriteOnce"])
    """`ReadWriteOnce` keeps all that use the tier on one node; the default is `sepp:kubernetes.access_mode`."""


class Gateway(Model):
    """A Gateway of the cluster, by the Gateway API 1.4 or newer."""

    namespace: Label = Field(title="Namespace", examples=["gateways"])
    """Its namespace."""
    name: ClusterName = Field(title="Name", examples=["public"])
    """Its name."""
    listener: ClusterName = Field(title="Listener", examples=["https"])
    """Its listener for HTTPS, which has a certificate for all names and takes routes of the core's namespace."""


class Entrance(Model):
    """How the outside reaches the entrance."""

    kind: Literal["load_balancer", "node_port", "ingress", "gateway"] = Field(
        "load_balancer", title="Kind", examples=["ingress"]
    )
    """A load balancer, the port `sepp:port` of every node, or the cluster's Ingress or a Gateway, which end TLS."""
    class_name: ClusterName | None = Field(None, title="Class", examples=["nginx"])
    """Class of the load balancer or of the Ingress; the default is the cluster's."""
    annotations: dict[LabelKey, Line] = Field(
        {}, title="Annotations", examples=[{"nginx.ingress.kubernetes.io/backend-protocol": "HTTPS"}]
    )
    """What the load balancer, Ingress or Gateway's route is told; an Ingress has to speak HTTPS to the entrance."""
    gateway: Gateway | None = Field(
        None, title="Gateway", examples=[{"namespace": "gateways", "name": "public", "listener": "https"}]
    )
    """The Gateway, for an entrance of that kind; it has to support BackendTLSPolicy."""
    issuer: ClusterName | None = Field(None, title="Issuer", examples=["site-ca"])
    """ClusterIssuer of cert-manager, from which the entrance, or the Ingress before it, gets its certificate."""
    secret: ClusterName | None = Field(None, title="Secret", examples=["entrance-tls"])
    """Secret of the core's namespace with the certificate; else it is the platform's own, or an Ingress's."""

    @property
    def certificate(self) -> str | None:
        """The Secret of the core's namespace with the certificate, if the cluster has it."""
        return self.secret or (ISSUED if self.issuer else None)

    @property
    def is_behind_another(self) -> bool:
        """Whether something of the cluster's ends TLS before it, with a certificate of its own."""
        return self.kind in ("ingress", "gateway")


class Dns(Model):
    """Where the cluster's DNS is, to which alone every pod may connect."""

    namespace: Label = Field("kube-system", title="Namespace", examples=["kube-system"])
    """Namespace of its pods."""
    labels: dict[LabelKey, LabelValue] = Field(
        {"k8s-app": "kube-dns"}, title="Labels", min_length=1, examples=[{"k8s-app": "kube-dns"}]
    )
    """Labels of its pods."""
    address: Address | None = Field(None, title="Address", examples=["169.254.20.10"])
    """Address of the DNS cache on each node, where there is one."""


class ApiServer(Model):
    """Where the cluster's API server is, to which the services connect that start servers or keep lists."""

    networks: tuple[Subnet, ...] = Field(("0.0.0.0/0",), title="Networks", min_length=1, examples=[["192.0.2.0/28"]])
    """Networks that it is in, as address/length; the default is any."""
    port: int = Field(6443, title="Port", ge=1, le=65535, examples=[443])
    """Port that it listens on, behind the cluster's own address for it (443)."""


class KeptSecrets(Model):
    """Where the strings are that services share."""

    namespace: Label = Field(title="Namespace", examples=["ops"])
    """Namespace of the Secret."""
    name: ClusterName = Field(title="Name", examples=["sepp"])
    """Name of the Secret; `sepp plan` says which keys it lacks."""


class Kubernetes(Model):
    """Settings of the Kubernetes target."""

    context: Line = Field(title="Context", examples=["site"])
    """Context of the kubeconfig, which is the file that `KUBECONFIG` names, or `~/.kube/config`."""
    prefix: Label | None = Field(None, title="Prefix", max_length=40, examples=["sepp"])
    """How names of namespaces and of what belongs to the whole cluster begin; the default is `sepp-<platform>`."""
    registry: Registry | None = Field(None, title="Registry", examples=["registry.site.example/sepp"])
    """Registry to which `sepp image build` pushes the services' images; without one, nodes import them."""
    storage_class: ClusterName | None = Field(None, title="Storage class", examples=["cephfs"])
    """Storage class of tiers that name none; the default is the cluster's."""
    access_mode: AccessMode = Field("ReadWriteMany", title="Access mode", examples=["ReadWriteMany"])
    """Access mode of tiers that name none: several pods use each, so `ReadWriteOnce` is for clusters of one node."""
    data_class: ClusterName | None = Field(None, title="Data class", examples=["ceph-block"])
    """Storage class of what services keep for themselves, each in one pod; the default is the cluster's."""
    volumes: dict[str, ClaimSettings] = Field({}, title="Volumes", examples=[{"scratch": {"size": "2 TiB"}}])
    """Sizes, classes and access modes by tier (all missions) or by volume, like `planck-scratch`, which wins."""
    volume_size: Size = Field(100 * GIB, title="Volume size", examples=["100 GiB"])
    """Size of tiers that name none."""
    entrance: Entrance = Field(
        default_factory=lambda: Entrance.model_validate({}), title="Entrance", examples=[{"kind": "node_port"}]
    )
    """How the outside reaches the entrance."""
    dns: Dns = Field(
        default_factory=lambda: Dns.model_validate({}), title="DNS", examples=[{"namespace": "kube-system"}]
    )
    """Where the cluster's DNS is."""
    api: ApiServer = Field(
        default_factory=lambda: ApiServer.model_validate({}), title="API server", examples=[{"port": 443}]
    )
    """Where the cluster's API server is."""
    secrets: KeptSecrets | None = Field(None, title="Secrets", examples=[{"namespace": "ops", "name": "sepp"}])
    """Secret with the strings that services share, which an external store may write; else the kit makes them."""

    def volume(self, name: str, tier: str | None) -> ClaimSettings | None:
        """Return what is set for a volume: its own settings, or those of its tier."""
        return self.volumes.get(name) or self.volumes.get(tier or "")
