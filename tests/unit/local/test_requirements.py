"""What a machine lacks is told before anything is made on it."""

import socket
from pathlib import Path

import pytest

from sepp.engine.errors import EngineError
from sepp.plan import plan
from sepp.targets.local import requirements


@pytest.fixture
def deployment(make_platform, planck):
    return lambda **settings: plan(make_platform(**settings), [planck], name="demo", target="local")


def test_all_that_lacks_is_told_at_once(deployment, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(requirements.machine, "missing_packages", lambda: ("netavark",))
    monkeypatch.setattr(requirements, "_routes", list)
    with pytest.raises(EngineError) as raised:
        requirements.require(deployment())
    for word in (
        "podman",
        "mmdebstrap",
        "iptables",
        "nft",
        "netavark",
        "apt-get install",
        "sepp doctor --fix local/demo",
    ):
        assert word in str(raised.value)


def test_port_in_use_and_route_in_the_way_are_found(deployment, monkeypatch):
    monkeypatch.setattr(requirements.machine, "missing_packages", lambda: ("netavark",))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = {check.name: check for check in requirements.checks(deployment(port=port))}
        assert found[f"port {port}"].state == "missing"
        assert "sepp:port" in (found[f"port {port}"].remedy or "")
    monkeypatch.setattr(requirements, "_routes", lambda: [requirements.IPv4Network("10.89.0.0/16")])
    found = {check.name: check for check in requirements.checks(deployment())}
    assert found["subnet"].state == "missing"
    assert "10.89.0.0/16" in found["subnet"].found


def test_given_certificate_that_does_not_serve_is_missing(deployment, tmp_path):
    files = {"certificate": str(tmp_path / "none.pem"), "key": str(tmp_path / "none.key")}
    found = {check.name: check for check in requirements.checks(deployment(tls={"given": files}))}
    assert found["certificate"].state == "missing"
    assert "cannot be read" in found["certificate"].found


def test_a_folder_of_the_operators_that_is_not_there_is_missing(make_platform, planck, tmp_path):
    Path(tmp_path, "maps").mkdir()
    changed = planck.model_dump(exclude_none=True)
    changed["storage"]["repository"]["source"] = {"directory": str(tmp_path)}
    deployment = plan(make_platform(), [type(planck).model_validate(changed)], name="demo", target="local")
    found = {check.found: check.state for check in requirements.checks(deployment) if check.name == "folder"}
    assert found == {f"{tmp_path}/maps": "ok", f"{tmp_path}/sim is not there": "missing"}
