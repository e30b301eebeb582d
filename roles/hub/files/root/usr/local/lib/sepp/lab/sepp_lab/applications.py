"""The operator's own applications: a user's runs in her own server, behind a unix socket that nobody else can open."""

import base64
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from sepp_lab.mission import SETTINGS

ZEPPELIN = "/usr/local/lib/sepp/applications/zeppelin.py"


def servers(settings: Path = SETTINGS) -> dict[str, dict[str, Any]]:
    """Return what jupyter-server-proxy has to know of the mission's applications, by their addresses."""
    describe = {"rstudio": _rstudio, "zeppelin": _zeppelin}
    programs = json.loads(settings.read_text())["applications"]
    return {name: {"unix_socket": True, **describe[name](program)} for name, program in programs.items()}


def _rstudio(program: str) -> dict[str, Any]:
    folder = Path(os.environ["JUPYTER_RUNTIME_DIR"], "rstudio")

    def command() -> list[str]:
        folder.mkdir(mode=0o700, exist_ok=True)
        database = folder / "database.conf"
        database.write_text(f"provider=sqlite\ndirectory={folder}\n")
        return [
            program,
            "--www-socket={unix_socket}",
            "--www-root-path={base_url}rstudio/",
            # Who gets as far as the socket has shown her token to the server.
            "--auth-none=1",
            f"--server-user={os.environ['USER']}",
            # It opens its data folder to all; the one above stays closed.
            f"--server-data-dir={folder}/data",
            f"--database-config-file={database}",
            f"--secure-cookie-key-file={folder}/cookie-key",
            "--www-frame-origin=same",
            "--www-verify-user-agent=0",
        ]

    return {"command": command, "timeout": 60, "launcher_entry": {"title": "RStudio"}}


def _zeppelin(program: str) -> dict[str, Any]:
    # Zeppelin listens on a port, which the whole host can reach: it answers to this secret only.
    secret = secrets.token_urlsafe(32)
    credentials = base64.b64encode(f"{os.environ['USER']}:{secret}".encode()).decode()
    return {
        "command": [sys.executable, ZEPPELIN, program, "{unix_socket}", "{base_url}zeppelin"],
        "environment": {"SEPP_SECRET": secret},
        "request_headers_override": {"Authorization": f"Basic {credentials}"},
        "absolute_url": True,
        "timeout": 180,
        "launcher_entry": {"title": "Zeppelin"},
    }
