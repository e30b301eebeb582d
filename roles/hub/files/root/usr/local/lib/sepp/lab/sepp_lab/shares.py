"""The shares in which a user works together with others, for the cards of JupyterLab's launcher."""

import grp
import json
import os
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from sepp_lab.mission import SETTINGS

EVERYONE = "everyone"


def shares(settings: Path, groups: AbstractSet[str]) -> list[dict[str, str]]:
    """Return the name and the address of each share that somebody with these groups may use."""
    known = json.loads(settings.read_text())["shares"]
    return [
        {"name": name, "url": f"/hub/spawn/{share['account']}"}
        for name, share in known.items()
        if {*groups, EVERYONE} & {*share["groups"]}
    ]


class SharesHandler(APIHandler):
    """Tells the shares."""

    @web.authenticated
    def get(self) -> None:
        """Return the shares as JSON."""
        groups = {grp.getgrgid(number).gr_name for number in os.getgroups()}
        self.finish(json.dumps({"shares": shares(SETTINGS, groups)}))


def add_handler(app: Any) -> None:
    """Put the handler into a server."""
    app.web_app.add_handlers(".*$", [(url_path_join(app.base_url, "sepp", "shares"), SharesHandler)])
