"""The platform's generated secrets: random strings that are made once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from sepp.targets.provider import Properties, Provider, own

_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """Names of the secrets that the platform's services need, and the target that the platform is on."""

    target: str
    names: tuple[str, ...]


class SecretsProvider(Provider):
    """Keeps the secrets in the stack's state, encrypted; a secret that nothing needs any more is kept as well."""

    def create(self, props: Properties) -> CreateResult:
        """Make a random string for each name."""
        return CreateResult("secrets", _with_values(props, {}))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Make random strings for new names."""
        return UpdateResult(_with_values(_news, _olds["values"]))


class _Secrets(Resource, module="sepp", name="Secrets"):
    values: pulumi.Output[Mapping[str, str]]


class Secrets(pulumi.ComponentResource):
    """The platform's secrets; `values` gives them by name."""

    values: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"sepp:{args.target}:Secrets", name, {}, opts)
        resource = _Secrets(
            SecretsProvider(),
            name,
            {"names": list(args.names), "values": None},
            pulumi.ResourceOptions(
                parent=self, protect=True, retain_on_delete=True, additional_secret_outputs=["values"]
            ),
        )
        self.values = resource.values
        self.register_outputs({})


def _with_values(props: Properties, values: Mapping[str, str]) -> Properties:
    new = {name: secrets.token_urlsafe(_BYTES) for name in props["names"] if name not in values}
    return {**own(props), "values": {**values, **new}}
