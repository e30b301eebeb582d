"""A host: a systemd container."""

from dataclasses import asdict, dataclass

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from sepp.targets.local import podman
from sepp.targets.local.podman import Bind, HostSpec
from sepp.targets.provider import Properties, Provider, own


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """What a host is made from; `image` counts only when it is made."""

    spec: pulumi.Input[HostSpec]
    image: pulumi.Input[str]


class HostProvider(Provider):
    """Makes a host that runs; makes it anew where its spec differs. All that lasts is in volumes."""

    only_for_new = frozenset({"image"})

    def broken(self, outputs: Properties) -> bool:
        """Tell whether the host stands still, or is not what it was made to be."""
        return outputs["state"] != "running" or outputs["digest"] != _spec(outputs).digest()

    def create(self, props: Properties) -> CreateResult:
        """Make the host, or adopt it, and wait until systemd has started."""
        spec = _spec(props)
        podman.ensure_host(spec, props["image"])
        return CreateResult(spec.container, _seen(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look whether the host is there and runs."""
        seen = _seen(props)
        return ReadResult("" if seen["state"] == "absent" else id_, seen)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Start the host, or make it anew where its spec differs."""
        podman.ensure_host(_spec(_news), _news["image"])
        return UpdateResult(_seen(_news))

    def delete(self, _id: str, _props: Properties) -> None:
        """Remove the host."""
        spec = _spec(_props)
        podman.delete_host(spec.platform, spec.name)


class _Host(Resource, module="sepp", name="Host"):
    instance: pulumi.Output[str]


class Host(pulumi.ComponentResource):
    """A host of the platform; `instance` changes when it was made anew."""

    instance: pulumi.Output[str]

    def __init__(self, name: str, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:local:Host", name, {}, opts)
        resource = _Host(
            HostProvider(),
            name,
            {"spec": pulumi.Output.from_input(args.spec).apply(asdict), "image": args.image, "instance": None},
            pulumi.ResourceOptions(parent=self),
        )
        self.instance = resource.instance
        self.register_outputs({})


def _spec(props: Properties) -> HostSpec:
    spec: Properties = props["spec"]
    # The engine's numbers are floating point, and its lists are lists.
    return HostSpec(
        platform=spec["platform"],
        name=spec["name"],
        address=spec["address"],
        cpu=int(spec["cpu"]),
        memory=int(spec["memory"]),
        mounts=spec["mounts"],
        binds=tuple(Bind(**bind) for bind in spec["binds"]),
        publish=tuple(spec["publish"]),
    )


def _seen(props: Properties) -> Properties:
    seen = podman.look(_spec(props).container)
    return {**own(props), "state": seen.state, "digest": seen.digest, "instance": seen.instance}
