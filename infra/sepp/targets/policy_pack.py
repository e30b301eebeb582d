"""The policies as a pack of the engine's: each rule is told to the engine, which stops where one finds something."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from sepp.targets.policy import RULES
from sepp.targets.registered import Registered

_CONFIG = PolicyConfigSchema(properties={"types": {"type": "array", "items": {"type": "string"}, "default": []}})
"""What a policy can be told: the volume types that encrypt, where the site demands that they do."""


def pack() -> PolicyPack:
    """Register the policies; the pack's configuration may name the site's `types` of volumes that encrypt."""
    return PolicyPack(name="sepp", enforcement_level=EnforcementLevel.MANDATORY, policies=policies())


def policies() -> list[Any]:
    """Return one policy for each rule."""
    return [
        ResourceValidationPolicy(
            name=rule.__name__.replace("_", "-"),
            description=(rule.__doc__ or "").strip(),
            config_schema=_CONFIG,
            validate=partial(_validate, rule),
        )
        for rule in RULES
    ]


def _validate(
    rule: Callable[[Registered], Iterator[str]], args: ResourceValidationArgs, report: ReportViolation
) -> None:
    config = cast("dict[str, Any]", args.get_config() or {})
    resource = Registered(
        kind=args.resource_type,
        name=args.name,
        properties=args.props,
        protected=args.opts.protect,
        encrypted_types=tuple(config.get("types", ())),
    )
    for found in rule(resource):
        report(f"{args.name} {found}", None)
