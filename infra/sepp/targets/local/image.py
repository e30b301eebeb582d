"""An image from which hosts are made."""

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, ReadResult, Resource, UpdateResult

from sepp.targets.local import images, podman
from sepp.targets.provider import Properties, Provider, own


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """The services whose roles the image has installed."""

    services: tuple[str, ...]


class ImageProvider(Provider):
    """Makes the image where there is none. A newer one is no use to hosts that exist: they converge."""

    only_for_new = frozenset({"tag"})

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Name the image by its content already here, so that a preview knows it."""
        tag = _olds.get("tag") or images.baked_tag(news["services"])
        return CheckResult({**news, "tag": tag}, [])

    def create(self, props: Properties) -> CreateResult:
        """Make the image, unless another platform has made it."""
        tag = images.ensure_image(props["services"], _say)
        return CreateResult(tag, {**own(props), "tag": tag})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look whether the image is there."""
        return ReadResult(id_ if podman.succeeds("image", "exists", id_) else "", props)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Make the image for other services."""
        return UpdateResult({**own(_news), "tag": images.ensure_image(_news["services"], _say)})


class _Image(Resource, module="sepp", name="Image"):
    tag: pulumi.Output[str]


class Image(pulumi.ComponentResource):
    """An image of hosts; `tag` is its name. It stays in podman's store for the next platform."""

    tag: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:local:Image", name, {}, opts)
        resource = _Image(
            ImageProvider(),
            name,
            {"services": list(args.services), "tag": None},
            pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        self.tag = resource.tag
        self.register_outputs({})


def _say(line: str) -> None:
    print(line, flush=True)  # the engine shows what a provider prints
