"""The graph of a platform, by Pulumi's mocks: what a target's program registers, and with which options."""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from sepp.catalogue import CATALOGUE
from sepp.deployment import Deployment
from sepp.engine.paths import MISSIONS
from sepp.targets.kubernetes.files import File, packed
from sepp.targets.kubernetes.images import recipes
from sepp.targets.openstack.cloud import Cloud, Flavour
from sepp.targets.openstack.keys import make_key
from tests.cloud import CLOUD, flavours_of

KEY = make_key()

CONTENT = "0" * 20
"""The hash of each image."""

SERVICE = "10.96.0.99"
"""The address of a service in a cluster."""

UNIT = b"""\
[Service]
ExecStart=/usr/bin/service --port 1
Environment=NAME=value
ExecStartPost=+/usr/bin/service --wait
RuntimeDirectory=service
PrivateTmp=yes
TimeoutStopSec=60
"""

KEEPER = b"""\
[Service]
ExecStart=/usr/bin/keeper
CapabilityBoundingSet=CAP_CHOWN CAP_SYS_ADMIN
"""

TIERS = b"/home /scratch /public /share /repository"

WRITTEN = (
    *(
        File(path=f"/etc/systemd/system/{CATALOGUE[name].health.units[0]}", content=UNIT, secret=False)
        for name in ("directory", "cas", "portal", "proxy", "identity")
    ),
    *(
        File(path=f"/etc/systemd/system/sepp-{name}", content=content, secret=False)
        for name, content in {
            "storage-sync.service": KEEPER + b"ReadWritePaths=/var/lib/sepp %s\n" % TIERS,
            "storage-sync.timer": b"[Timer]\nOnUnitInactiveSec=15\n",
            "storage-purge.service": KEEPER + b"ReadWritePaths=/scratch\nInaccessiblePaths=/home /repository\n",
            "storage-purge.timer": b"[Timer]\nOnCalendar=daily\n",
            "storage-audit.service": KEEPER + b"ReadWritePaths=/repository\n",
            "storage-audit.timer": b"[Timer]\nOnCalendar=weekly\n",
            "public.service": UNIT + b"User=www-data\nTemporaryFileSystem=/:ro\nBindReadOnlyPaths=/public\n",
            "usage.service": UNIT + b"User=www-data\nInaccessiblePaths=%s\n" % TIERS,
        }.items()
    ),
    File(path="/etc/systemd/system/jupyterhub.service", content=UNIT, secret=False),
    File(path="/etc/systemd/system/jupyterhub-proxy.service", content=UNIT, secret=False),
    File(path="/etc/shown.conf", content=b"for everybody", secret=False),
    File(path="/etc/sh\u00f6n.bin", content=b"\xff", secret=False),
    File(path="/etc/hidden_key", content=b"for nobody", secret=True),
)
"""What each service's role would write."""

VOLUMES = (
    "core-directory",
    "planck-hub",
    "planck-persistent",
    "planck-public",
    "planck-repository",
    "planck-scratch",
    "planck-shares",
)
"""Volumes of a platform in a cloud with the mission of the tests, Planck."""


class Mocks(pulumi.runtime.Mocks):
    """Answers as the cloud and the kit's own providers would."""

    def __init__(self) -> None:
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.typ, args.name] = inputs = dict(args.inputs)
        number = zlib.crc32(args.name.encode())
        made: dict[str, dict[str, Any]] = {
            "Secrets": {"values": {name: f"secret {name}" for name in inputs.get("names", [])}},
            "Keys": {"private": dict.fromkeys(inputs.get("names", []), KEY)},
            "Authority": {"certificate": "AUTHORITY", "key": "PRIVATE KEY of the authority"},
            "Certificate": {"certificate": f"CERTIFICATE of {inputs.get('names')}", "key": "PRIVATE KEY"},
            "Port": {"allFixedIps": [f"10.90.{16 + number // 256 % 16}.{number % 256}"]},
            "Configuration": {"files": packed(WRITTEN)},
            "Service": {"spec": {**inputs.get("spec", {}), "clusterIP": SERVICE}},
            "FloatingIp": {"address": f"203.0.113.{number % 250}"},
        }
        return f"id of {args.typ} {args.name}", {**inputs, **made.get(args.typ.rpartition(":")[2], {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"the program asks for {args.token}")


class Graph:
    """What the program registered: inputs, options and exports."""

    def __init__(self, deployment: Deployment, mocks: Mocks) -> None:
        self.deployment = deployment
        self.mocks = mocks
        self.options: dict[tuple[str, str], pulumi.ResourceOptions] = {}
        self.exports: dict[str, Any] = {}
        self.loop = asyncio.new_event_loop()

    def note(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts

    def exported(self, name: str) -> Any:
        """Return the value of an export, once the program has run."""
        # A program that ran later left its own.
        asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(pulumi.Output.from_input(self.exports[name]).future())

    def of_kind(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: inputs for (typ, name), inputs in self.mocks.inputs.items() if typ == kind}


def register(
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    project: Cloud = CLOUD,
    *,
    flavours: Mapping[str, Flavour] | None = None,
    mocks: Mocks | None = None,
) -> Graph:
    """Run the program of OpenStack for a deployment in a project."""
    from sepp.targets.openstack import program

    servers = flavours or flavours_of(deployment)
    return run(deployment, monkeypatch, lambda: program.deploy(deployment, (), project, servers), mocks)


def register_in_cluster(
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    contents: Mapping[str, str] | None = None,
    mocks: Mocks | None = None,
    **cluster: Any,
) -> Graph:
    """Run the program of Kubernetes for a deployment, with images of these contents, in a cluster that differs so."""
    from sepp.targets.kubernetes import program
    from tests.cluster import CLUSTER

    of_images = contents or {recipe.name: CONTENT for recipe in recipes(deployment, MISSIONS)}
    there = replace(CLUSTER, **cluster)
    return run(deployment, monkeypatch, lambda: program.deploy(deployment, (), of_images, there), mocks)


def run(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, program: Callable[[], None], mocks: Mocks | None = None
) -> Graph:
    """Run a program that makes a deployment."""
    graph = Graph(deployment, mocks or Mocks())
    asyncio.set_event_loop(graph.loop)
    # Or earlier graphs, which the same stack would still tell, would note what is registered now.
    pulumi.runtime.settings.reset_options()
    pulumi.runtime.set_mocks(graph.mocks, project="sepp", stack=deployment.name, preview=False)
    monkeypatch.setattr(pulumi, "export", lambda name, value: graph.exports.update({name: value}))

    @pulumi.runtime.test
    def registered() -> None:
        pulumi.runtime.register_stack_transformation(graph.note)
        program()

    registered()
    return graph
