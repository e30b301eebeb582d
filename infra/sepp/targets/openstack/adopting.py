"""Volumes that an earlier run made for the platform and that the engine does not know: they are adopted. Pure.

An `up` without a mission lets its volumes go, and one that was killed may have made some of which nothing is known: a
blank one beside them would hide their data.
"""

from collections.abc import Iterator
from dataclasses import replace

from sepp.deployment import Deployment
from sepp.engine.state import State
from sepp.targets.openstack import settings_of
from sepp.targets.openstack.cloud import Cloud
from sepp.targets.openstack.names import cloud_name
from sepp.targets.openstack.volume import VOLUME


def with_left(deployment: Deployment, cloud: Cloud, state: State) -> Deployment:
    """Return the deployment that adopts, beside what its settings name, each volume that was left alone."""
    settings = settings_of(deployment)
    found = {name: identities[0] for name, identities in left(deployment, cloud, state) if len(identities) == 1}
    adopting = settings.model_copy(update={"adopt": {**found, **settings.adopt}})
    return replace(deployment, platform=deployment.platform.model_copy(update={"openstack": adopting}))


def left(deployment: Deployment, cloud: Cloud, state: State) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the volumes of the plan that the engine does not know, and the ids of those that are marked as each."""
    known = {resource.name for resource in state.resources if resource.kind == VOLUME}
    used = {resource.outputs.get("id") for resource in state.resources}
    for volume in deployment.volumes:
        called = f"volume {cloud_name(deployment, volume.name)}"
        marked = tuple(i for i, name in cloud.made.ids.items() if name == called and i in cloud.disks and i not in used)
        if marked and volume.name not in {*known, *settings_of(deployment).adopt}:
            yield volume.name, marked
