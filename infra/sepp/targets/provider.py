"""What all dynamic resources of the kit have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi.dynamic import DiffResult, ResourceProvider

Properties = dict[str, Any]
"""Properties of a resource as the engine hands them to a provider: plain data."""

_OF_THE_ENGINE = "__provider"


class Provider(ResourceProvider):
    """Updates in place where an input differs from what the resource was made with, or where reality differs.

    What a subclass makes, it has to adopt if it is there already: a run that was killed may have made it
    without the engine's knowledge.
    """

    serialize_as_secret_always = False

    only_for_new: ClassVar[frozenset[str]] = frozenset()
    """Inputs that matter when the resource is made, and never after."""

    def broken(self, outputs: Properties) -> bool:
        """Tell from the outputs of the last look (create, update or read) whether there is something to mend."""
        return False

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Compare wanted inputs with the last outputs."""
        ignored = self.only_for_new | {_OF_THE_ENGINE}
        differs = any(_olds.get(name) != value for name, value in _news.items() if name not in ignored)
        return DiffResult(changes=differs or self.broken(_olds))


def own(properties: Mapping[str, Any]) -> Properties:
    """Return a resource's properties without the engine's."""
    return {name: value for name, value in properties.items() if name != _OF_THE_ENGINE}
