"""A volume: data that outlives hosts."""

from dataclasses import asdict, dataclass

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from sepp.engine.errors import EngineError
from sepp.targets.local import volumes
from sepp.targets.local.volumes import VolumeSpec
from sepp.targets.provider import Properties, Provider, own


@dataclass(frozen=True, kw_only=True)
class VolumeArgs:
    """Where and how a volume is kept."""

    spec: VolumeSpec


class VolumeProvider(Provider):
    """Makes a volume ready for use. It never makes anew what was there once: that would hide a loss."""

    def broken(self, outputs: Properties) -> bool:
        """Tell whether the volume is not ready for use, or smaller than a failed run left it in the state."""
        spec = _spec(outputs)
        return not outputs["ready"] or (spec.backend is not None and outputs["held"] < spec.size)

    def create(self, props: Properties) -> CreateResult:
        """Make the volume or adopt it, and mount it."""
        spec = _spec(props)
        volumes.ensure_volume(spec)
        return CreateResult(spec.folder, _seen(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look whether the volume is there and mounted."""
        return ReadResult(id_, _seen(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Mount the volume and let it grow; EngineError if it is lost, moved or would shrink."""
        old, new = _spec(_olds), _spec(_news)
        if old.folder != new.folder or old.backend != new.backend:
            raise EngineError(
                f"volume {old.folder} ({old.backend or 'folder'}) cannot become {new.folder} "
                f"({new.backend or 'folder'}): its data would be lost",
                "set sepp:local back as it was, or destroy --with-data",
            )
        if not (old.image if old.backend else old.path).exists():
            raise EngineError(
                f"the data of volume {old.folder} are gone: bring them back from a backup, or give them up",
                "sepp destroy --with-data",
            )
        volumes.ensure_volume(new)
        return UpdateResult(_seen(_news))

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the volume with its data."""
        volumes.delete_volume(_spec(_props))


VOLUME = "pulumi-python:dynamic/sepp:Volume"
"""The type by which the engine knows volumes."""


class _Volume(Resource, module="sepp", name="Volume"):
    pass


class Volume(pulumi.ComponentResource):
    """A volume of the platform."""

    def __init__(self, name: str, args: VolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:local:Volume", name, {}, opts)
        _Volume(
            VolumeProvider(),
            name,
            {"spec": asdict(args.spec)},
            pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.register_outputs({})


def _spec(props: Properties) -> VolumeSpec:
    spec: Properties = props["spec"]
    # The engine's numbers are floating point, and what is absent may not be in its maps.
    return VolumeSpec(
        folder=spec["folder"], size=int(spec["size"]), backend=spec.get("backend"), repository=spec["repository"]
    )


def _seen(props: Properties) -> Properties:
    ready, size = volumes.volume_state(_spec(props))
    return {**own(props), "ready": ready, "held": size}
