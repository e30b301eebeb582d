"""Programs of Kubernetes, built from Go modules where package registries have no binaries, and cached by content."""

import fcntl
import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sepp.engine.install import QUICKLY
from sepp.engine.paths import cache_dir

TOOLS = Path(__file__).parent / "tools"
"""Go modules of the programs, with the hashes of everything that goes into them."""

VERSION = "v1.36.3"


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a program is built from: a package, of a module among the tools."""

    module: str
    package: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """A Go module, `NAME@VERSION`, of which only files are used, with the hash that it has to have."""

    module: str
    sum: str

    def folder(self) -> Path:
        """Return where its files are."""
        # The sum is compared here, so that no other service has to be asked for it.
        environment = {**os.environ, "GOFLAGS": "", "GOSUMDB": "off", "GOWORK": "off"}
        asked = ["go", "mod", "download", "-json", self.module]
        found = json.loads(subprocess.run(asked, env=environment, check=True, capture_output=True, cwd="/").stdout)
        assert found["Sum"] == self.sum, found
        return Path(found["Dir"])


_OF_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet")
_OF_CONTAINERD = ("containerd", "containerd-shim-runc-v2", "ctr")
_OF_METALLB = ("controller", "speaker")
_PROGRAMS = {
    "etcd": Program(module="etcd", package="go.etcd.io/etcd/server/v3"),
    "coredns": Program(module="coredns", package="github.com/coredns/coredns"),
    "traefik": Program(module="traefik", package="github.com/traefik/traefik/v3/cmd/traefik"),
    "kwok": Program(module="kwok", package="sigs.k8s.io/kwok/cmd/kwok"),
    **{name: Program(module="kubernetes", package=f"k8s.io/kubernetes/cmd/{name}") for name in _OF_KUBERNETES},
    **{
        name: Program(module="containerd", package=f"github.com/containerd/containerd/v2/cmd/{name}")
        for name in _OF_CONTAINERD
    },
    **{name: Program(module="metallb", package=f"go.universe.tf/metallb/{name}") for name in _OF_METALLB},
}
_TAGS = {"containerd": "no_btrfs,no_devmapper,no_zfs"}


def program(name: str) -> Path:
    """Return a program; the first time it is built, with all others of its module, which takes minutes."""
    module = _PROGRAMS[name].module
    content = b"".join(path.read_bytes() for path in sorted((TOOLS / module).glob("go.*")))
    folder = cache_dir() / "tests-kubernetes" / f"{module}-{hashlib.sha256(content).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            _build(module, folder)
    return folder / name


def source(tool: str, module: str) -> Path:
    """Return the folder of a Go module that goes into the programs of a tool."""
    asked = ["go", "mod", "download", "-json", module]
    found = subprocess.run(asked, cwd=TOOLS / tool, env=_environment(), check=True, capture_output=True)
    return Path(json.loads(found.stdout)["Dir"])


def _environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}


def _build(module: str, folder: Path) -> None:
    packages = {name: each.package for name, each in _PROGRAMS.items() if each.module == module}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as temporary:
        # Several are named after their packages, one may have a name of its own.
        made = Path(temporary, *(packages if len(packages) == 1 else ()))
        flags = f"-s -w -X k8s.io/component-base/version.gitVersion={VERSION}"
        options = ("-mod=readonly", "-trimpath", "-tags", _TAGS.get(module, ""), QUICKLY, "-ldflags", flags)
        command = ["go", "build", *options, "-o", made, *packages.values()]
        subprocess.run(command, cwd=TOOLS / module, env=_environment(), check=True)
        for file in Path(temporary).iterdir():
            file.replace(folder / file.name)
