"""The API server, for as long as the tests of a session need it."""

from typing import Any

import pytest

from sepp.config.kubernetes import Gateway
from sepp.config.load import load
from sepp.deployment import Context
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.targets import pki, rotation
from sepp.targets.kubernetes import names, settings_of
from tests.graph import Graph, register_in_cluster
from tests.kubernetes import cert_manager, gateway_api
from tests.kubernetes.admission import settle
from tests.kubernetes.server import ADMIN, api_server
from tests.unit.conftest import make_mission, make_platform, planck

__all__ = ["make_mission", "make_platform", "planck"]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running API server."""
    with api_server(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def issuer(server) -> str:
    """The name of an issuer of certificates, in a cluster that knows such."""
    cert_manager.define(server)
    made = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "site"}}
    return server.apply({**made, "spec": {"selfSigned": {}}})["metadata"]["name"]


@pytest.fixture(scope="session")
def gateway(server) -> Gateway:
    """A Gateway of a cluster that knows such."""
    gateway_api.define(server)
    named = Gateway(namespace="default", name="public", listener="https")
    tls = {"certificateRefs": [{"name": "public-tls"}]}
    listeners = [{"name": named.listener, "protocol": "HTTPS", "port": 443, "tls": tls}]
    metadata = {"namespace": named.namespace, "name": named.name}
    made = {"apiVersion": gateway_api.VERSION, "kind": "Gateway", "metadata": metadata}
    server.apply({**made, "spec": {"gatewayClassName": "site", "listeners": listeners}})
    return named


@pytest.fixture(scope="session")
def settings(server):
    """The settings of a platform on it, as somebody who may do all."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("KUBECONFIG", str(server.kubeconfig))
        yield {"context": ADMIN, "storage_class": "shared", "data_class": "block"}


@pytest.fixture(scope="module")
def context() -> Context:
    """What the core of the example is made from."""
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    deployment = plan(platform, missions, name="example", target="kubernetes")
    authority = pki.make_authority("Example")
    services = names.addresses(deployment, settings_of(deployment))
    return Context(
        deployment=deployment,
        host=deployment.host("core"),
        addresses={host.name: host.name for host in deployment.hosts},
        services=services,
        secrets={name: f"secret of {name}" for name in rotation.secrets(deployment)},
        authority=authority.certificate,
        certificates={
            "directory": pki.issue(authority, (services["core/directory"],)),
            "entrance": pki.issue(authority, deployment.public_names),
        },
    )


@pytest.fixture(scope="session")
def register(settings, make_platform):
    """A function that registers a platform with these missions."""

    def run(*missions: Any, name: str, port: int = 443, **changes: Any) -> Graph:
        platform = make_platform(
            domain="sepp.site.example",
            port=port,
            missions=tuple(mission.mission for mission in missions),
            kubernetes={**settings, **changes},
        )
        with pytest.MonkeyPatch.context() as changed:
            return register_in_cluster(plan(platform, missions, name=name, target="kubernetes"), changed)

    return run


@pytest.fixture(scope="session")
def judged(server, register, planck) -> Graph:
    """A platform that is made, with one user on the list."""
    graph = register(planck, name="judged")
    settle(server, graph)
    return graph


@pytest.fixture
def altered(server, judged):
    """The same, for a test that leaves it other than it was."""
    yield judged
    settle(server, judged)
