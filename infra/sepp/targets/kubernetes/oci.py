"""Writes images as OCI archives (image-spec 1.1): the same files give the same bytes, on every machine.

The one layer is not compressed, since what compressors write differs by their versions; `podman push` compresses.
Extended attributes are left out: under Pod Security no program gains rights by its file.
"""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LATEST = 1754697600
"""When Debian 13 was released, in seconds: files that are newer were made with the image, and get this time."""
_LATEST_TEXT = "2025-08-09T00:00:00Z"

_EMPTIED = frozenset({"dev", "proc", "root", "run", "sys", "tmp", "var/tmp"})
"""Folders of which nothing is kept: of the machine, or of those who installed."""
_WITHOUT_FILES = frozenset({"var/cache", "var/log"})
"""Folders of which the folders are kept, as services expect them."""
_LEFT_OUT = frozenset(
    {
        *("etc/hostname", "etc/hosts", "etc/resolv.conf", ".dockerenv"),
        *("etc/machine-id", "var/lib/dbus/machine-id"),
    }
)
"""What the runtime brings, and what names one machine."""
_COMPILED = "__pycache__"
"""Python's compiled files hold the time of their sources as it was before."""

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, kw_only=True)
class Config:
    """How containers of an image run: `user` as UID:GID, `architecture` in Go's words."""

    user: str
    architecture: str
    labels: Mapping[str, str]


def write_archive(root: Path, config: Config, name: str, file: Path) -> None:
    """Write an image of the root file system in the folder `root`; whoever imports it calls it `name`."""
    with (
        tempfile.TemporaryFile(dir=file.parent) as layer,
        tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as archive,
    ):
        _write_layer(root, layer)
        layer.seek(0)
        layer_digest = f"sha256:{hashlib.file_digest(layer, 'sha256').hexdigest()}"
        settings = _json(_settings(config, layer_digest))
        described = {"mediaType": _LAYER, "digest": layer_digest, "size": layer.tell()}
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": _descriptor(_CONFIG, settings),
                "layers": [described],
            }
        )
        annotations = {"org.opencontainers.image.ref.name": name, "io.containerd.image.name": name}
        index = {"schemaVersion": 2, "manifests": [{**_descriptor(_MANIFEST, manifest), "annotations": annotations}]}
        _add(archive, "oci-layout", io.BytesIO(_json({"imageLayoutVersion": "1.0.0"})))
        _add(archive, "index.json", io.BytesIO(_json(index)))
        for blob in (manifest, settings):
            _add(archive, f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}", io.BytesIO(blob))
        _add(archive, f"blobs/{layer_digest.replace(':', '/')}", layer)


def _settings(config: Config, layer_digest: str) -> Mapping[str, object]:
    return {
        "created": _LATEST_TEXT,
        "architecture": config.architecture,
        "os": "linux",
        "config": {"User": config.user, "Labels": dict(config.labels)},
        "rootfs": {"type": "layers", "diff_ids": [layer_digest]},
        "history": [{"created": _LATEST_TEXT, "created_by": "sepp image build"}],
    }


def _write_layer(root: Path, layer: IO[bytes]) -> None:
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in _kept(root, root):
            member = archive.gettarinfo(str(path), str(path.relative_to(root)))
            # Names are those of the machine that writes this.
            member.uname = member.gname = ""
            member.mtime = min(int(member.mtime), _LATEST)
            if member.isreg():
                with path.open("rb") as content:
                    archive.addfile(member, content)
            else:
                archive.addfile(member)


def _kept(folder: Path, root: Path, *, files: bool = True) -> Iterator[Path]:
    """Give what of a folder goes into the image, in order; with `files` false, of the folders below it only those."""
    for path in sorted(folder.iterdir()):
        name = str(path.relative_to(root))
        is_folder = path.is_dir() and not path.is_symlink()
        if name in _LEFT_OUT or path.name == _COMPILED or path.is_socket() or not (files or is_folder):
            continue
        yield path
        if is_folder and name not in _EMPTIED:
            yield from _kept(path, root, files=files and name not in _WITHOUT_FILES)


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}", "size": len(blob)}


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    member.mtime = _LATEST
    content.seek(0)
    archive.addfile(member, content)
