"""The operator's own packages: judged on her machine, before anything is deployed."""

import hashlib
from textwrap import dedent

import pytest

from sepp.config.load import ConfigErrors, load

MISSION = """\
    mission: planck
    title: Planck
    use_case: PLA-CRA
    actors: {{team: {{groups: [planck-team]}}}}
    storage: {{persistent: {{quota: 1 GiB}}}}
    interactive:
      rstudio:
        package: {folder}/rstudio.deb
        sha256: {sum}
      matlab: {{directory: {folder}/matlab, licence_server: 27000@lic}}
    """
PLATFORM = "config: {sepp:domain: sepp.localhost, sepp:missions: [planck]}\n"


@pytest.fixture
def try_load(tmp_path):
    """Load a platform whose mission wants a package with this checksum."""

    def load_with(checksum, *, packages=True):
        missions, stack = tmp_path / "missions", tmp_path / "Pulumi.demo.yaml"
        missions.mkdir()
        stack.write_text(PLATFORM)
        (missions / "planck.yaml").write_text(dedent(MISSION).format(folder=tmp_path, sum=checksum))
        return load(stack, missions, packages=packages)

    return load_with


def faults(try_load, checksum):
    with pytest.raises(ConfigErrors) as raised:
        try_load(checksum)
    return str(raised.value)


def test_the_right_package_is_taken(try_load, tmp_path):
    (tmp_path / "rstudio.deb").write_bytes(b"package")
    (tmp_path / "matlab").mkdir()
    _, (mission,) = try_load(hashlib.sha256(b"package").hexdigest())
    assert mission.interactive.rstudio.package == f"{tmp_path}/rstudio.deb"


def test_another_package_is_refused_where_its_sum_is_written(try_load, tmp_path):
    (tmp_path / "rstudio.deb").write_bytes(b"another")
    (tmp_path / "matlab").mkdir()
    text = faults(try_load, "0" * 64)
    assert "planck.yaml:9:13: interactive.rstudio.sha256: the file" in text
    found = hashlib.sha256(b"another").hexdigest()
    assert f"'{tmp_path}/rstudio.deb' has the checksum {found}, not {'0' * 64}: get the package anew" in text


def test_what_is_not_there_is_told_at_once(try_load, tmp_path):
    text = faults(try_load, "0" * 64)
    assert f"there is no file '{tmp_path}/rstudio.deb' on this machine" in text
    assert f"there is no folder '{tmp_path}/matlab' on this machine" in text


def test_a_mission_is_right_also_where_the_packages_are_not(try_load):
    _, (mission,) = try_load("0" * 64, packages=False)
    assert mission.interactive.rstudio.sha256 == "0" * 64
