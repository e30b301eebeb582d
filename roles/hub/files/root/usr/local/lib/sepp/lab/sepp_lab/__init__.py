"""What a user's server adds to JupyterLab: storage notices, shares, the mission's examples and kernels."""

import os
from typing import Any

from sepp_lab import examples, shares, storage


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "sepp_lab"}]


def _load_jupyter_server_extension(app: Any) -> None:
    storage.add_handler(app)
    shares.add_handler(app)
    if "SEPP_SHARE" not in os.environ:
        examples.copy(app.log)
