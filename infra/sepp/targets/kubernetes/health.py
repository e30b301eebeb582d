"""What runs of a platform in a cluster: pods that are ready, jobs that end well, claims that have a volume."""

from collections.abc import Iterator
from typing import Any

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.place import Part, Place
from sepp.targets.kubernetes.reading import Api, connected
from sepp.verify.result import CheckError, Result, check


def checks(deployment: Deployment, settings: Kubernetes) -> Iterator[Result]:
    """Check every part of every service, every job and every claim."""
    with connected(settings) as api:
        for host in deployment.hosts:
            for service in host.services:
                place = Place(deployment=deployment, settings=settings, host=host, service=service)
                for part in place.parts:
                    yield check("services", f"{host.name}: {part.called}", lambda part=part: _ready(api, part))
                for part in place.jobs:
                    yield check("services", f"{host.name}: {part.called}", lambda part=part: _ends_well(api, part))
        for volume in deployment.volumes:
            namespace = names.namespace(deployment, settings, volume.area)
            path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{volume.name}"
            yield check("claims", volume.name, lambda path=path: _bound(api, path))


def _here(part: Part, group: str) -> str:
    """Return where things of a group of the cluster's interface are, in the namespace of a part."""
    place = part.place
    return f"/apis/{group}/v1/namespaces/{names.namespace(place.deployment, place.settings, place.host.area)}"


def _ready(api: Api, part: Part) -> str:
    kind = "statefulsets" if part.keeps_data else "deployments"
    status = api.get(f"{_here(part, 'apps')}/{kind}/{part.called}")["status"]
    if not status.get("readyReplicas"):
        raise CheckError(f"no pod of {part.called} is ready")
    return "ready"


def _ends_well(api: Api, part: Part) -> str:
    """Look at the newest run of a job that has ended; there may be none yet."""
    jobs = api.items(f"{_here(part, 'batch')}/jobs")
    own = [job for job in jobs.values() if job["metadata"]["name"].rpartition("-")[0] == part.called]
    ended: list[dict[str, Any]] = [
        {**each, "job": job["metadata"]["name"]}
        for job in own
        for each in job["status"].get("conditions") or ()
        if each["type"] in ("Complete", "Failed")
    ]
    if not ended:
        return "has not been due yet"
    newest = max(ended, key=lambda each: each["lastTransitionTime"])
    if newest["type"] == "Failed":
        raise CheckError(f"{newest['job']}: {newest.get('message') or newest.get('reason')}")
    return "ended well"


def _bound(api: Api, path: str) -> str:
    phase = api.get(path)["status"].get("phase")
    if phase != "Bound":
        raise CheckError(f"is {phase}, not bound to a volume")
    return "bound"
