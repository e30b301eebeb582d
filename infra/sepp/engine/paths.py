"""Folders on the operator's machine, by the XDG base directory specification."""

import contextlib
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
"""The checkout."""
MISSIONS = ROOT / "mission_configs"
"""The mission files."""


def _base(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / default


def state_dir() -> Path:
    """Folder of stacks' states, the passphrase and logs; losing it means losing the platforms' secrets."""
    return _base("XDG_STATE_HOME", ".local/state") / "sepp"


def cache_dir() -> Path:
    """Folder of what can be made again at any time."""
    return _base("XDG_CACHE_HOME", ".cache") / "sepp"


def data_dir() -> Path:
    """Folder of the volumes of local platforms that name none themselves."""
    return _base("XDG_DATA_HOME", ".local/share") / "sepp"


def passphrase_file() -> Path:
    """Return the file of the passphrase that encrypts the secrets in all stacks; made on first use."""
    path = state_dir() / "passphrase"
    if not path.exists():
        state_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
        # The file gets its mode from mkstemp: 0600.
        descriptor, draft = tempfile.mkstemp(dir=state_dir(), prefix="passphrase-")
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(32).hex())
        # A link fails where another first run was faster: then its passphrase is the one.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path
