"""The Pulumi program of platforms on OpenStack without convergence: no server of the stand-in cloud runs."""

from typing import Any

import pulumi

from sepp.deployment import Deployment
from sepp.report.changes import summary
from sepp.targets.openstack import program


def converge(deployment: Deployment, *_: Any, **__: Any) -> None:
    """Export what the kit asks of a stack whose hosts were converged."""
    pulumi.export("summary", summary(deployment))


program.converge = converge
program.program()
