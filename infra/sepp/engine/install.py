"""Pulumi's command line: the one on PATH, else the vendor's, else one built from Go modules."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from sepp.engine.errors import EngineError
from sepp.engine.paths import cache_dir

VERSION = version("pulumi")
"""The SDK's version, which the CLI has to have as well."""

TOOLS = Path(__file__).parent / "tools"
"""Go modules of the tools, with the hashes of everything that goes into them."""

_LANGUAGE_VERSION = "3.79.0"
"""The last version of the Python language host that is a Go module with a tag; it serves all later SDKs."""

QUICKLY = "-gcflags=all=-dwarf=false -l"
"""Without debugging data and inlining, a third of the compiler's time: the programs mostly wait for others."""

_SCRIPTS = ("python/dist/pulumi-resource-pulumi-python", "python/cmd/pulumi-language-python-exec")
_PROGRAMS = ("pulumi", "pulumi-language-python", *(Path(script).name for script in _SCRIPTS))


def vendor_dir() -> Path:
    """Folder of programs installed by the vendor's installer."""
    return Path.home() / ".pulumi" / "versions" / VERSION / "bin"


def built_dir() -> Path:
    """Folder of programs built from Go modules; its name changes with everything that goes into them."""
    content = b"".join(path.read_bytes() for path in sorted(TOOLS.glob("*/go.*")))
    return cache_dir() / "pulumi" / f"{VERSION}-{hashlib.sha256(content).hexdigest()[:12]}"


def find() -> Path | None:
    """Return the folder of a complete CLI of the right version, or None."""
    return next((folder for folder in _candidates() if _complete(folder)), None)


def require() -> Path:
    """Return the folder of the CLI; EngineError says how to get it."""
    found = find()
    if found is None:
        raise EngineError(f"Pulumi's command line {VERSION} is not installed", "./sepp doctor --fix")
    return found


def install(report: Callable[[str], None]) -> Path:
    """Install the CLI where it lacks and return its folder; EngineError says why it cannot be.

    What is killed in the middle leaves nothing that the next call would take for complete.
    """
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "pulumi.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find() or _from_vendor(report) or _from_source(report)


def _candidates() -> Iterator[Path]:
    known = (vendor_dir(), built_dir())
    on_path = shutil.which("pulumi")
    if on_path is not None:
        folder = Path(on_path).resolve().parent
        if folder in known or _version(folder) == VERSION:
            yield folder
    yield from known


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in _PROGRAMS)


def _version(folder: Path) -> str:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    ended = subprocess.run([folder / "pulumi", "version"], capture_output=True, text=True, env=environment, check=False)
    return ended.stdout.strip().removeprefix("v")


def _from_vendor(report: Callable[[str], None]) -> Path | None:
    # The Automation API is slow to import, and wanted here only.
    from pulumi.automation import PulumiCommand  # noqa: PLC0415

    report(f"Pulumi {VERSION}: trying the vendor's installer")
    target = vendor_dir().parent
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".installing-") as temporary:
        try:
            PulumiCommand.install(root=temporary)
        except (OSError, subprocess.SubprocessError) as error:
            report(f"Pulumi {VERSION}: the vendor's installer does not work here ({_one_line(error)})")
            return None
        if not _complete(Path(temporary) / "bin"):
            return None
        shutil.rmtree(target, ignore_errors=True)
        Path(temporary).rename(target)
        Path(temporary).mkdir()
    return vendor_dir()


def _from_source(report: Callable[[str], None]) -> Path:
    if shutil.which("go") is None:
        raise EngineError(
            "Pulumi's command line has to be built here, and there is no Go compiler", "install Go 1.25.11"
        )
    target = built_dir()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as temporary:
        folder = Path(temporary) / "bin"
        folder.mkdir()
        report(f"Pulumi {VERSION}: building the language host from Go modules (about a minute)")
        _build("python", "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python", _LANGUAGE_VERSION, folder)
        report(f"Pulumi {VERSION}: building the command line from Go modules (about four minutes)")
        _build("cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", VERSION, folder)
        sdk = Path(
            _go("cli", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3").strip()
        )
        for script in _SCRIPTS:
            shutil.copyfile(sdk / script, folder / Path(script).name)
            (folder / Path(script).name).chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return target


def _build(module: str, package: str, number: str, folder: Path) -> None:
    flags = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{number}"
    _go(module, "build", "-mod=readonly", "-trimpath", QUICKLY, "-ldflags", flags, "-o", str(folder), package)


def _go(module: str, *arguments: str) -> str:
    # CGO would make the result depend on the machine's C library.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    command = ["go", *arguments]
    ended = subprocess.run(command, cwd=TOOLS / module, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise EngineError(f"'{' '.join(command[:2])}' failed:\n{ended.stderr.strip()[-2000:]}", "./sepp doctor --fix")
    return ended.stdout


def _one_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1][:200] if str(error).strip() else type(error).__name__
