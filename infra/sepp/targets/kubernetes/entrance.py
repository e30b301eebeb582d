"""The one way in: what leads from outside to the proxy."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apiextensions, core, meta, networking

from sepp.catalogue.proxy import PROXY
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names

ENTRANCE = "entrance"
CERT_MANAGER = "cert-manager.io"
_TYPES = {"load_balancer": "LoadBalancer", "node_port": "NodePort", "ingress": "ClusterIP"}


@dataclass(frozen=True, kw_only=True)
class EntranceArgs:
    """The deployment with its settings, and the core's namespace."""

    deployment: Deployment
    settings: Kubernetes
    namespace: pulumi.Input[str]


class Entrance(pulumi.ComponentResource):
    """The proxy's Service, and where the settings want them the Ingress before it and its certificate.

    `address` is what pods connect to.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Entrance", name, {}, opts)
        settings, port = args.settings.entrance, args.deployment.platform.port
        behind_ingress = settings.kind == "ingress"
        service = core.v1.Service(
            name,
            metadata=_metadata(args, {} if behind_ingress else settings.annotations),
            spec=core.v1.ServiceSpecArgs(
                type=_TYPES[settings.kind],
                selector=names.labels(args.deployment, "core", **{names.HOST: "core", names.SERVICE: PROXY.name}),
                ports=[
                    core.v1.ServicePortArgs(
                        name=PROXY.ports[0].name,
                        protocol="TCP",
                        port=port,
                        target_port=port,
                        node_port=port if settings.kind == "node_port" else None,
                    )
                ],
                load_balancer_class=settings.class_name if settings.kind == "load_balancer" else None,
                # Only so the proxy sees clients' addresses.
                external_traffic_policy="Local" if settings.kind == "load_balancer" else None,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if behind_ingress:
            self._ingress(name, args)
        if settings.issuer:
            self._certificate(name, args, settings.issuer)
        self.address = service.spec.cluster_ip
        self.register_outputs({"address": self.address})

    def _ingress(self, name: str, args: EntranceArgs) -> None:
        settings, hosts = args.settings.entrance, args.deployment.public_names
        path = networking.v1.HTTPIngressPathArgs(
            path="/",
            path_type="Prefix",
            backend=networking.v1.IngressBackendArgs(
                service=networking.v1.IngressServiceBackendArgs(
                    name=ENTRANCE, port=networking.v1.ServiceBackendPortArgs(name=PROXY.ports[0].name)
                )
            ),
        )
        networking.v1.Ingress(
            name,
            metadata=_metadata(args, settings.annotations),
            spec=networking.v1.IngressSpecArgs(
                ingress_class_name=settings.class_name,
                tls=[networking.v1.IngressTLSArgs(hosts=list(hosts), secret_name=settings.certificate)],
                rules=[
                    networking.v1.IngressRuleArgs(host=host, http=networking.v1.HTTPIngressRuleValueArgs(paths=[path]))
                    for host in hosts
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _certificate(self, name: str, args: EntranceArgs, issuer: str) -> None:
        """Have cert-manager keep a certificate (https://cert-manager.io/docs/usage/certificate/)."""
        apiextensions.CustomResource(
            name,
            api_version=f"{CERT_MANAGER}/v1",
            kind="Certificate",
            metadata=_metadata(args, {}),
            spec={
                "secretName": args.settings.entrance.certificate,
                "dnsNames": list(args.deployment.public_names),
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "issuerRef": {"group": CERT_MANAGER, "kind": "ClusterIssuer", "name": issuer},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _metadata(args: EntranceArgs, annotations: dict[str, str]) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=ENTRANCE,
        namespace=args.namespace,
        labels=names.labels(args.deployment, "core"),
        # The engine would wait for pods behind it.
        annotations={**annotations, "pulumi.com/skipAwait": "true"},
    )
