"""Waits until what was made runs, and tells what does not, with the cluster's reasons."""

import time
from collections.abc import Callable, Iterator, Mapping

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.health import looked, places
from sepp.targets.kubernetes.reading import Api, connected
from sepp.targets.kubernetes.seen import READY, stands

SECONDS = 600
"""How long images may take to come to nodes, and services to start."""
_POLL_SECONDS = 3


def wait(deployment: Deployment, settings: Kubernetes, report: Callable[[str], None]) -> None:
    """Wait until all parts of all services are ready; EngineError says of each that is not why."""
    until, told = time.monotonic() + SECONDS, dict[tuple[str, str], str]()
    with connected(settings) as api:
        while waiting := dict(_waiting(api, deployment, settings)):
            for (area, part), why in waiting.items():
                if told.get((area, part)) != why:
                    report(f"waiting for {part} of {area}, which {why}")
            told.update(waiting)
            if time.monotonic() > until:
                raise _failed(deployment, settings, waiting)
            time.sleep(_POLL_SECONDS)


def _waiting(api: Api, deployment: Deployment, settings: Kubernetes) -> Iterator[tuple[tuple[str, str], str]]:
    seen = looked(api, deployment, settings)
    for place in places(deployment, settings):
        for part in place.parts:
            state = stands(seen[place.host.area], part.called)
            if state != READY:
                yield (place.host.area, part.called), state


def _failed(deployment: Deployment, settings: Kubernetes, waiting: Mapping[tuple[str, str], str]) -> EngineError:
    lines = "".join(f"\n- {part} of {area}: {why}" for (area, part), why in waiting.items())
    (area, part), *_ = waiting
    namespace = names.namespace(deployment, settings, area)
    look = f"kubectl --context '{settings.context}' --namespace {namespace} describe pods --selector"
    return EngineError(
        f"all has been made, and does not run:{lines}", f"{look} {names.SERVICE}={part.partition('-')[0]}"
    )
