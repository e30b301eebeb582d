"""The catalogue's variables and the role's arguments are the same."""

from pathlib import Path

import yaml

from sepp.catalogue.hub import HUB

ROLE = Path(__file__).parents[3] / "roles/hub"


def options():
    return yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]


def test_defaults_are_those_of_the_arguments():
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    assert defaults == {name: option["default"] for name, option in options().items() if "default" in option}


def test_users_cannot_take_the_hubs_ports():
    assert all(port.number is not None and port.number < 1024 for port in HUB.ports)
