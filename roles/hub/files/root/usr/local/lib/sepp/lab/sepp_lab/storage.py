"""The address in a user's server that tells how full her storage is."""

import getpass
import json
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from sepp_lab.usage import notices

USAGE = Path("/home/.sepp/usage")
"""The storage service writes a file per user here: `{"tiers": {"persistent": {"used": bytes, "limit": bytes}}}`."""


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
