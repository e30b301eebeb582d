"""The platform `openstack/test`: the kit's commands in a folder of their own, and its project as the cloud sees it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from sepp.cli import build
from sepp.engine.paths import ROOT
from tests.openstack.stand_in import connect, set_quotas

NAME = "openstack/test"


class Project:
    """The platform, not made yet, and its project."""

    def __init__(self, folder: Path, clouds: Path) -> None:
        self.program = folder / "stacks/openstack"
        self.settings: dict[str, Any] = {
            "domain": "sepp.site.example",
            "port": 443,
            "missions": ["planck"],
            "openstack": {
                "cloud": "sepp",
                "image": "debian-13",
                "external_network": "outside",
                "operators": ["192.0.2.0/24"],
            },
        }
        self.cloud = connect(clouds, "sepp")

    @property
    def openstack(self) -> dict[str, Any]:
        """The settings of the target, to be changed."""
        return self.settings["openstack"]

    def write(self) -> None:
        """Write the settings as they are."""
        text = yaml.safe_dump({"config": {f"sepp:{key}": value for key, value in self.settings.items()}})
        (self.program / "Pulumi.test.yaml").write_text(text)

    def sepp(self, *arguments: str, stdin: str = "") -> Result:
        """Run a command of the kit, with the settings as they are."""
        self.write()
        return CliRunner().invoke(build(), list(arguments), input=stdin)

    def does(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that has to succeed; return what was told."""
        result = self.sepp(*arguments, stdin=stdin)
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
        return result.output

    def up(self) -> str:
        """Make the platform as its settings say; return what was told."""
        return self.does("up", "--yes", NAME)

    def refused(self) -> str:
        """Run an `up` that has to fail; return what was told."""
        result = self.sepp("up", "--yes", NAME)
        assert result.exit_code == 1, f"{result.output}\n{result.exception!r}"
        return result.output

    def unchanged(self) -> None:
        """Prove that there is nothing more to do."""
        told = self.up()
        assert "No change." in told, told

    def server(self, name: str) -> Any:
        """Return a server by its host's name, if there is one."""
        return self.cloud.get_server(f"sepp-test-{name}")

    def volumes(self) -> dict[str, str]:
        """Return the ids of the volumes by name."""
        return {volume.name: volume.id for volume in self.cloud.block_storage.volumes()}

    def attached_to(self, volume: str) -> list[str]:
        """Return the ids of the servers that have a volume."""
        return [each["server_id"] for each in self.cloud.get_volume(volume).attachments]


@contextmanager
def project(clouds: Path, program: Path) -> Iterator[Project]:
    """Give a project with room enough for a platform, which a program of this file makes."""
    # A short path: the sockets of ssh lie below it.
    with tempfile.TemporaryDirectory(prefix="sepp-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        made = Project(folder, clouds)
        made.program.mkdir(parents=True)
        shutil.copytree(ROOT / "mission_configs", folder / "mission_configs")
        shutil.copy(ROOT / "stacks/openstack/Pulumi.yaml", made.program)
        shutil.copy(program, made.program)
        set_quotas(connect(clouds, "admin"), made.cloud.current_project_id)
        for module in ("sepp.cli.common", "sepp.engine.stack"):
            patch.setattr(f"{module}.ROOT", folder)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("PYTHONPATH", f"{ROOT / 'infra'}:{ROOT}")
        yield made
