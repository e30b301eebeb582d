"""The mission's examples, in the user's home from her first start on."""

import logging
import os
import shutil
import tempfile
from pathlib import Path

SOURCE = Path("/usr/local/share/sepp/examples")


def copy(log: logging.Logger, source: Path = SOURCE, home: Path | None = None) -> None:
    """Copy the examples once; what the user has (also an empty folder) is never touched.

    A home without room does not keep the server from starting: the examples come with a later start.
    """
    home = home or Path.home()
    target = home / "examples"
    if not source.is_dir() or os.path.lexists(target):
        return
    part: str | None = None
    try:
        part = tempfile.mkdtemp(prefix=".examples-", dir=home)
        shutil.copytree(source, part, dirs_exist_ok=True)
        Path(part).chmod(0o755)
        Path(part).rename(target)
    except OSError as error:
        log.warning("The examples were not copied: %s", error)
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
