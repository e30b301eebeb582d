"""The graph of a platform with Planck in a cluster, by Pulumi's mocks."""

from typing import Any

import pytest

from sepp.plan import plan
from tests.cluster import KUBERNETES
from tests.graph import Graph, register_in_cluster


@pytest.fixture(scope="session")
def make_graph(planck, make_platform):
    def make(port: int = 443, cas: Any = None, tls: Any = None, **changes: Any) -> Graph:
        kubernetes = {**KUBERNETES, **changes}
        platform = make_platform(domain="sepp.site.example", port=port, cas=cas, tls=tls or {}, kubernetes=kubernetes)
        with pytest.MonkeyPatch.context() as changed:
            return register_in_cluster(plan(platform, [planck], name="demo", target="kubernetes"), changed)

    return make


@pytest.fixture(scope="session")
def graph(make_graph) -> Graph:
    return make_graph()
