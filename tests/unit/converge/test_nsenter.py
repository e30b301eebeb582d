"""The pure parts of the connection sepp.kit.nsenter."""

import importlib.util
import os

from sepp.engine.paths import ROOT

_FILE = ROOT / "collections/ansible_collections/sepp/kit/plugins/connection/nsenter.py"
_SPEC = importlib.util.spec_from_file_location("nsenter", _FILE)
assert _SPEC and _SPEC.loader
nsenter = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(nsenter)


def test_a_process_is_named_by_its_start():
    assert nsenter.started(os.getpid()).isdigit()
    assert nsenter.started(2**22 + 1) is None


def test_the_login_environment():
    text = '# comment\nA="with space"\n\nB=plain # note\nwrong\n'
    assert nsenter.login_environment(text) == {"A": "with space", "B": "plain"}
