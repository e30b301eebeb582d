"""The pure parts of the module sepp.kit.marker."""

import importlib.util
from pathlib import Path

from sepp.engine.paths import ROOT

_FILE = ROOT / "collections/ansible_collections/sepp/kit/plugins/modules/marker.py"
_SPEC = importlib.util.spec_from_file_location("marker", _FILE)
assert _SPEC and _SPEC.loader
marker = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(marker)


def test_a_new_host_has_nothing(tmp_path: Path):
    assert marker.read(tmp_path / "converged") == {}


def test_what_is_written_is_read(tmp_path: Path):
    folder = tmp_path / "converged"
    marker.write(folder, "base", "one")
    marker.write(folder, "base", "two")
    marker.write(folder, "hub", "three")
    assert marker.read(folder) == {"base": "two", "hub": "three"}


def test_a_half_written_marker_is_not_believed(tmp_path: Path):
    (tmp_path / "base.new").write_text("half")
    assert marker.read(tmp_path) == {}
