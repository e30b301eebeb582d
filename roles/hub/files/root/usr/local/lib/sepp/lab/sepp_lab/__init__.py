"""What a user's server adds to JupyterLab: storage notices, the mission's examples, the mission's kernels."""

from typing import Any

from sepp_lab import examples, storage


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "sepp_lab"}]


def _load_jupyter_server_extension(app: Any) -> None:
    storage.add_handler(app)
    examples.copy(app.log)
