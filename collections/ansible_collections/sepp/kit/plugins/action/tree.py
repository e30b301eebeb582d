# SPDX-License-Identifier: Apache-2.0
"""The controller's half of the module `tree`: packs the folder and hands it over."""

import tarfile
import tempfile
from pathlib import Path

from ansible.plugins.action import ActionBase


def pack(source, archive):
    """Write all files below a folder to a tar file, in the order of their names; links count as what they point to."""
    with tarfile.open(archive, "w", dereference=True) as tar:
        for path in sorted(source.rglob("*")):
            if "__pycache__" not in path.parts:
                tar.add(path, arcname=str(path.relative_to(source)), recursive=False)


class ActionModule(ActionBase):
    """Runs the module with a packed copy of the folder in the place of `src`."""

    TRANSFERS_FILES = True

    def run(self, tmp=None, task_vars=None):
        """Return the module's result."""
        result = super().run(tmp, task_vars)
        source = self._find_needle("files", self._task.args["src"])
        folder = self._make_tmp_path()
        remote = self._connection._shell.join_path(folder, "tree.tar")
        try:
            with tempfile.TemporaryDirectory() as local:
                archive = Path(local, "tree.tar")
                pack(Path(source), archive)
                self._transfer_file(str(archive), remote)
            arguments = {**self._task.args, "src": remote}
            return {**result, **self._execute_module("sepp.kit.tree", module_args=arguments, task_vars=task_vars)}
        finally:
            self._remove_tmp_path(folder)
