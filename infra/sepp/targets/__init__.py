"""Where platforms run: one package for each target, with the same concepts in each."""

from importlib import import_module
from typing import TYPE_CHECKING

from sepp.deployment import Deployment

if TYPE_CHECKING:
    from sepp.targets.target import Target


def target_of(deployment: Deployment) -> "Target":
    """Return what an operator's machine does with a platform where it runs."""
    # Late: programs that make a platform import this package, and nothing of the other targets.
    return import_module(f"{__name__}.{deployment.target}.target").TARGET(deployment)
