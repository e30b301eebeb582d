"""The platform's generated secrets: random strings that are made once, and anew when it is asked for."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, Resource, UpdateResult

from sepp.targets.provider import Properties, Provider, own

_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """Names of the secrets that the platform's services need, and the target that the platform is on.

    `rotated` gives the new generation of each part of the platform that this run makes anew.
    """

    target: str
    names: tuple[str, ...]
    rotated: Mapping[str, str] = field(default_factory=dict[str, str])


class SecretsProvider(Provider):
    """Keeps the secrets in the stack's state, encrypted; a secret that nothing needs any more is kept as well.

    Remembers the generation of each part that was ever made anew: a run that does not ask for another one keeps it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Add what this run makes anew to what was before; a platform without either has no generations."""
        generations = {**_olds.get("generations", {}), **news.get("rotated", {})}
        kept = {name: value for name, value in news.items() if name not in ("rotated", "generations")}
        return CheckResult({**kept, **({"generations": generations} if generations else {})}, [])

    def create(self, props: Properties) -> CreateResult:
        """Make a random string for each name."""
        return CreateResult("secrets", _with_values(props, {}))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Make random strings for new names, and for those of another generation."""
        olds, news = _generations(_olds), _generations(_news)
        kept = {name: value for name, value in _olds["values"].items() if olds.get(name) == news.get(name)}
        return UpdateResult(_with_values(_news, kept))


class _Secrets(Resource, module="sepp", name="Secrets"):
    values: pulumi.Output[Mapping[str, str]]
    generations: pulumi.Output[Mapping[str, str] | None]


class Secrets(pulumi.ComponentResource):
    """The platform's secrets; `values` gives them by name."""

    values: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"sepp:{args.target}:Secrets", name, {}, opts)
        self._resource = _Secrets(
            SecretsProvider(),
            name,
            {"names": list(args.names), "rotated": dict(args.rotated), "generations": None, "values": None},
            pulumi.ResourceOptions(
                parent=self, protect=True, retain_on_delete=True, additional_secret_outputs=["values"]
            ),
        )
        self.values = self._resource.values
        self.register_outputs({})

    def generation(self, part: str) -> pulumi.Output[str | None]:
        """Return the generation of a part of the platform, None if it was never made anew.

        It is the secrets' to remember for all parts: so the first `up` after a rotation that was killed completes it.
        """

        def found(generations: object) -> str | None:
            return cast("Mapping[str, str]", generations).get(part) if isinstance(generations, Mapping) else None

        # An input, so a preview knows it, but for one thing: that a state of before has none.
        return self._resource.generations.apply(found, run_with_unknowns=True)


def _generations(props: Properties) -> Mapping[str, str]:
    return props.get("generations") or {}


def _with_values(props: Properties, values: Mapping[str, str]) -> Properties:
    new = {name: secrets.token_urlsafe(_BYTES) for name in props["names"] if name not in values}
    return {**own(props), "values": {**values, **new}}
