"""What JupyterHub reads first; all is said in the settings."""

from sepp_hub.configure import configure
from sepp_hub.settings import load

configure(get_config(), load())  # type: ignore[name-defined]  # noqa: F821
