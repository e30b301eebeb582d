"""What runs of a platform in a cluster: pods that are ready, jobs that end well, claims that have a volume."""

from collections.abc import Iterator, Mapping
from typing import Any

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment, Host
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.place import Part, Place
from sepp.targets.kubernetes.reading import Api, connected
from sepp.targets.kubernetes.seen import READY, Seen, stands
from sepp.verify.result import CheckError, Result, check


def checks(deployment: Deployment, settings: Kubernetes) -> Iterator[Result]:
    """Check every part of every service, every job and every claim."""
    with connected(settings) as api:
        seen = looked(api, deployment, settings)
        for place in places(deployment, settings):
            of, host = seen[place.host.area], place.host.name
            for part in place.parts:
                yield check("services", f"{host}: {part.called}", lambda of=of, part=part: _ready(of, part))
            for part in place.jobs:
                yield check("services", f"{host}: {part.called}", lambda of=of, part=part: _ends_well(of, part))
        for volume in deployment.volumes:
            of = seen[volume.area]
            yield check("claims", volume.name, lambda of=of, name=volume.name: _bound(of, name))


def states(deployment: Deployment, settings: Kubernetes, host: Host) -> Mapping[str, str]:
    """Return `ready`, or why it is not, for each part of the services of a host."""
    with connected(settings) as api:
        seen = look(api, names.namespace(deployment, settings, host.area))
        own = (place for place in places(deployment, settings) if place.host == host)
        return {part.called: stands(seen, part.called) for place in own for part in place.parts}


def hosts(deployment: Deployment, settings: Kubernetes) -> Mapping[str, str]:
    """Return `running` for each host of which any service is there, else `absent`."""
    with connected(settings) as api:
        seen = looked(api, deployment, settings)
        there = {
            place.host.name
            for place in places(deployment, settings)
            for part in place.parts
            if part.called in seen[place.host.area].workloads
        }
    return {host.name: "running" if host.name in there else "absent" for host in deployment.hosts}


def places(deployment: Deployment, settings: Kubernetes) -> Iterator[Place]:
    """Give where each service is."""
    for host in deployment.hosts:
        for service in host.services:
            yield Place(deployment=deployment, settings=settings, host=host, service=service)


def looked(api: Api, deployment: Deployment, settings: Kubernetes) -> Mapping[str, Seen]:
    """Look into all namespaces; by area."""
    areas = names.areas(deployment)
    return {area: look(api, names.namespace(deployment, settings, area)) for area in areas}


def look(api: Api, namespace: str) -> Seen:
    """Look into a namespace."""

    def listed(root: str, kind: str) -> dict[str, dict[str, Any]]:
        return api.items(f"/{root}/namespaces/{namespace}/{kind}")

    return Seen(
        workloads={**listed("apis/apps/v1", "statefulsets"), **listed("apis/apps/v1", "deployments")},
        jobs=listed("apis/batch/v1", "jobs"),
        pods=listed("api/v1", "pods"),
        claims=listed("api/v1", "persistentvolumeclaims"),
        events=tuple(listed("api/v1", "events").values()),
    )


def _ready(seen: Seen, part: Part) -> str:
    state = stands(seen, part.called)
    if state != READY:
        raise CheckError(state)
    return state


def _ends_well(seen: Seen, part: Part) -> str:
    """Look at the newest run of a job that has ended; there may be none yet."""
    own = {name: job for name, job in seen.jobs.items() if name.rpartition("-")[0] == part.called}
    ended: list[dict[str, Any]] = [
        {**each, "job": name}
        for name, job in own.items()
        for each in job["status"].get("conditions") or ()
        if each["type"] in ("Complete", "Failed")
    ]
    if not ended:
        return "has not been due yet"
    newest = max(ended, key=lambda each: each["lastTransitionTime"])
    if newest["type"] == "Failed":
        raise CheckError(f"{newest['job']}: {newest.get('message') or newest.get('reason')}")
    return "ended well"


def _bound(seen: Seen, claim: str) -> str:
    if told := seen.unbound(claim):
        raise CheckError(told)
    return "bound"
