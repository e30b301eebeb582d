"""etcd and the API server, built from Go modules where package registries have no binaries, and cached by content."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sepp.engine.paths import cache_dir

TOOLS = Path(__file__).parent / "tools"
"""Go modules of the programs, with the hashes of everything that goes into them."""

VERSION = "v1.36.3"
_PROGRAMS = {
    "etcd": ("go.etcd.io/etcd/server/v3", ""),
    "kube-apiserver": (
        "k8s.io/kubernetes/cmd/kube-apiserver",
        f" -X k8s.io/component-base/version.gitVersion={VERSION}",
    ),
}


def programs() -> Path:
    """Return the folder of the programs; the first time they are built, which takes minutes."""
    content = b"".join(path.read_bytes() for path in sorted(TOOLS.glob("*/go.*")))
    folder = cache_dir() / "tests-kubernetes" / hashlib.sha256(content).hexdigest()[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _build(folder)
    return folder


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as temporary:
        made = Path(temporary) / "bin"
        made.mkdir()
        for name, (package, flags) in _PROGRAMS.items():
            options = ("-mod=readonly", "-trimpath", "-ldflags", f"-s -w{flags}")
            command = ["go", "build", *options, "-o", made / name, package]
            environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
            subprocess.run(command, cwd=TOOLS / name, env=environment, check=True)
        shutil.move(made, folder)
