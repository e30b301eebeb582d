"""The files of a service as the cluster keeps them: what everybody may read in a ConfigMap, all else in a Secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult
from pulumi_kubernetes import core, meta

from sepp.converge.hashes import role_content
from sepp.deployment import Deployment
from sepp.engine.stack import Stack
from sepp.targets.kubernetes import images, names
from sepp.targets.kubernetes.files import File, packed, unpacked, written
from sepp.targets.provider import Properties, Provider, own


@dataclass(frozen=True, kw_only=True)
class ConfigurationArgs:
    """The service and its area with the namespace; `variables` are its role's arguments, with `sepp_secrets`.

    `authority` is the platform's (PEM).
    """

    deployment: Deployment
    area: str
    service: str
    namespace: pulumi.Input[str]
    variables: pulumi.Output[Mapping[str, Any]]
    authority: pulumi.Output[str]


class ConfigurationProvider(Provider):
    """Writes the files anew where the role, its variables or what it is installed on differ."""

    def create(self, props: Properties) -> CreateResult:
        """Run the role's phase `configure`."""
        return CreateResult(props["service"], _made(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Run it again."""
        return UpdateResult(_made(_news))


class _Configuration(Resource, module="sepp", name="Configuration"):
    files: pulumi.Output[str]


class Configuration(pulumi.ComponentResource):
    """The configuration of a service, in objects that are called as the service is; `files` are all of it."""

    files: pulumi.Output[Sequence[File]]

    def __init__(self, name: str, args: ConfigurationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Configuration", name, {}, opts)
        below = pulumi.ResourceOptions(parent=self)
        resource = _Configuration(
            ConfigurationProvider(),
            name,
            {
                "platform": args.deployment.name,
                "service": args.service,
                "made_from": images.made_from(images.Recipe(service=args.service)),
                "role": role_content(args.service),
                # As text: the engine would make floating point numbers of its numbers.
                "variables": pulumi.Output.secret(args.variables.apply(json.dumps)),
                "authority": args.authority,
                "files": None,
            },
            pulumi.ResourceOptions(parent=self, additional_secret_outputs=["variables", "files"]),
        )
        self.files = files = resource.files.apply(unpacked)
        # A file is in the one or the other by its mode, so what is open in the cluster was open on a host.
        shown = pulumi.Output.unsecret(files.apply(lambda found: [file for file in found if not file.secret]))
        metadata = meta.v1.ObjectMetaArgs(
            name=args.service, namespace=args.namespace, labels=names.labels(args.deployment, args.area)
        )
        core.v1.ConfigMap(
            name,
            metadata=metadata,
            data=shown.apply(lambda found: {file.key: file.content.decode() for file in found if file.is_text}),
            binary_data=shown.apply(lambda found: {file.key: file.base64 for file in found if not file.is_text}),
            opts=below,
        )
        core.v1.Secret(
            name,
            metadata=metadata,
            data=files.apply(lambda found: {file.key: file.base64 for file in found if file.secret}),
            opts=below,
        )
        self.register_outputs({})


def _made(props: Properties) -> Properties:
    log = Stack(target="kubernetes", name=props["platform"]).folder / "logs"
    started = datetime.now(UTC)
    files = written(
        props["service"],
        json.loads(props["variables"]),
        authority=props["authority"],
        log=log / f"{started:%Y%m%dT%H%M%SZ}-{props['service']}.log",
        report=lambda line: print(line, flush=True),
    )
    return {**own(props), "files": packed(files)}
