"""The kernels that a user sees: her own and the mission's, not those that come with packages."""

import json
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_data_dir
from traitlets import default

from sepp_lab.mission import SETTINGS

SYSTEM = "/usr/local/share/jupyter/kernels"
NAMES = {"python": "python3", "r": "ir", "octave": "octave", "gdl": "gdl"}
"""Kernel specifications by the mission file's names of languages."""


class MissionKernels(KernelSpecManager):
    """Finds the kernels of the user's home and those of the system that the mission wants."""

    ensure_native_kernel = False

    @default("kernel_dirs")
    def _kernel_dirs(self) -> list[str]:
        return [str(Path(jupyter_data_dir()) / "kernels"), SYSTEM]

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the folders of the kernels by name."""
        wanted = {NAMES[language] for language in json.loads(SETTINGS.read_text())["kernels"]}
        found = super().find_kernel_specs()
        return {name: path for name, path in found.items() if not path.startswith(SYSTEM) or name in wanted}
