"""How the engine is run."""

from pathlib import Path

import pytest

from sepp.engine.stack import Stack


@pytest.mark.parametrize(("target", "said"), [("local", "true"), ("openstack", None)])
def test_a_local_platform_waits_for_no_plugin_of_a_cloud(
    target: str, said: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sepp.engine.stack.require", lambda: tmp_path)
    environment = Stack(target=target, name="demo").environment()
    assert environment.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION") == said
