"""How full the user's storage is, for the notice in JupyterLab."""

import getpass
import json
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

USAGE = Path("/home/.sepp/usage")
"""The storage service writes a file per user here: `{"tiers": {"persistent": {"used": bytes, "limit": bytes}}}`."""
WARN_AT = 0.9
FULL_AT = 0.995
"""The last blocks of a quota cannot be used up by whole files."""
PLACES = {"persistent": "Your home", "scratch": "Your scratch space", "public": "Your public space"}


def size(count: float) -> str:
    """Return bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def notices(usage: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a user should know: one notice for each tier that is (nearly) full."""
    result: list[dict[str, str]] = []
    for tier, numbers in usage.get("tiers", {}).items():
        used, limit = numbers["used"], numbers["limit"]
        if not limit or used < WARN_AT * limit:
            continue
        full = used >= FULL_AT * limit
        state = "is full" if full else f"is {used / limit:.0%} full"
        advice = "New files cannot be saved: delete what you no longer need" if full else "Please make room soon"
        text = f"{PLACES.get(tier, tier)} {state} ({size(used)} of {size(limit)}). {advice}."
        result.append({"tier": tier, "level": "full" if full else "warning", "text": text})
    return result


class StorageHandler(APIHandler):
    """Tells the notices."""

    @web.authenticated
    def get(self) -> None:
        """Return the notices as JSON; none if the storage has not counted yet."""
        file = USAGE / f"{getpass.getuser()}.json"
        usage = json.loads(file.read_text()) if file.exists() else {}
        self.finish(json.dumps({"notices": notices(usage)}))


def add_handler(app: Any) -> None:
    """Put the handler into a server."""
    app.web_app.add_handlers(".*$", [(url_path_join(app.base_url, "sepp", "storage"), StorageHandler)])
