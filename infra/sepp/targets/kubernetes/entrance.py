"""The one way in: what leads from outside to the proxy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes import apiextensions, core, meta, networking

from sepp.catalogue.proxy import PROXY
from sepp.config.kubernetes import Gateway, Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names

ENTRANCE = "entrance"
CERT_MANAGER = "cert-manager.io"
GATEWAYS = "gateway.networking.k8s.io"
_AUTHORITY = f"{ENTRANCE}-authority"
_TYPES = {"load_balancer": "LoadBalancer", "node_port": "NodePort", "ingress": "ClusterIP", "gateway": "ClusterIP"}


@dataclass(frozen=True, kw_only=True)
class EntranceArgs:
    """The deployment with its settings, the core's namespace, and the platform's own authority."""

    deployment: Deployment
    settings: Kubernetes
    namespace: pulumi.Input[str]
    authority: pulumi.Input[str]


class Entrance(pulumi.ComponentResource):
    """The proxy's Service, and where the settings want them the Ingress or route before it and its certificate.

    `address` is what pods connect to.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Entrance", name, {}, opts)
        settings, port = args.settings.entrance, args.deployment.platform.port
        service = core.v1.Service(
            name,
            metadata=_metadata(args, {} if settings.is_behind_another else settings.annotations),
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
        if settings.kind == "ingress":
            self._ingress(name, args)
        if settings.gateway:
            self._route(name, args, settings.gateway)
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

    def _route(self, name: str, args: EntranceArgs, gateway: Gateway) -> None:
        """Have a Gateway lead to the entrance, and know it by its certificate.

        https://gateway-api.sigs.k8s.io/reference/spec/: HTTPRoute and BackendTLSPolicy.
        """
        authority = core.v1.ConfigMap(
            _AUTHORITY,
            metadata=_metadata(args, {}, _AUTHORITY),
            data={"ca.crt": args.authority},
            opts=pulumi.ResourceOptions(parent=self),
        )
        known = {"group": "", "kind": "ConfigMap", "name": authority.metadata.name}
        platform = args.deployment.platform
        policy = {
            "targetRefs": [{"group": "", "kind": "Service", "name": ENTRANCE}],
            "validation": {"caCertificateRefs": [known], "hostname": platform.domain},
        }
        self._custom(name, _metadata(args, {}), (f"{GATEWAYS}/v1", "BackendTLSPolicy"), policy)
        listener = {"namespace": gateway.namespace, "name": gateway.name, "sectionName": gateway.listener}
        route = {
            "parentRefs": [listener],
            # All public names, of which there may be more than the 16 that a route may have.
            "hostnames": [platform.domain, f"*.{platform.domain}"],
            # Or some Gateways end what takes longer than a few seconds, as large files do.
            "rules": [{"backendRefs": [{"name": ENTRANCE, "port": platform.port}], "timeouts": {"request": "0s"}}],
        }
        metadata = _metadata(args, args.settings.entrance.annotations)
        self._custom(name, metadata, (f"{GATEWAYS}/v1", "HTTPRoute"), route)

    def _certificate(self, name: str, args: EntranceArgs, issuer: str) -> None:
        """Have cert-manager keep a certificate (https://cert-manager.io/docs/usage/certificate/)."""
        wanted = {
            "secretName": args.settings.entrance.certificate,
            "dnsNames": list(args.deployment.public_names),
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "issuerRef": {"group": CERT_MANAGER, "kind": "ClusterIssuer", "name": issuer},
        }
        self._custom(name, _metadata(args, {}), (f"{CERT_MANAGER}/v1", "Certificate"), wanted)

    def _custom(
        self, name: str, metadata: meta.v1.ObjectMetaArgs, of: tuple[str, str], spec: Mapping[str, Any]
    ) -> None:
        """Register an object of a version and kind that others than Kubernetes defined."""
        version, kind = of
        apiextensions.CustomResource(
            name,
            api_version=version,
            kind=kind,
            metadata=metadata,
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _metadata(args: EntranceArgs, annotations: Mapping[str, str], name: str = ENTRANCE) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=name,
        namespace=args.namespace,
        labels=names.labels(args.deployment, "core"),
        # The engine would wait for pods behind it.
        annotations={**annotations, "pulumi.com/skipAwait": "true"},
    )
