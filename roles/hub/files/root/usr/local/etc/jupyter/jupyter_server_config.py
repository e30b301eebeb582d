"""What a server offers beside JupyterLab; the rest is in the JSON file."""

from sepp_lab.applications import servers

c.ServerProxy.servers = servers()  # type: ignore[name-defined]  # noqa: F821
