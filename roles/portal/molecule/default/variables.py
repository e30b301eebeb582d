"""Writes the portal's variables, as the catalogue makes them for Planck, into a folder: variables.py FOLDER SUBNET."""

import json
import sys
from pathlib import Path

from sepp.catalogue.portal import PORTAL
from sepp.config.load import load_mission
from sepp.config.platform import Platform
from sepp.deployment import Context
from sepp.plan import plan

ROOT = Path(__file__).parents[4]
STAND_IN = {"name": "core/stand-in", "title": "Stand-in", "area": "Core", "kind": "http"} | {
    "host": "127.0.0.1",
    "port": 9000,
}

folder, subnet = Path(sys.argv[1]), sys.argv[2]
missions = tuple(load_mission(path) for path in sorted((ROOT / "mission_configs").glob("*.yaml")))
platform = Platform.model_validate({"domain": "sepp.test", "missions": ("planck",), "title": "Platform of the tests"})
planck = next(mission for mission in missions if mission.mission == "planck")
deployment = plan(platform, (planck,), name="scenario", target="local")
context = Context(
    deployment=deployment,
    host=deployment.host("core"),
    addresses={host.name: f"{subnet}.{number}" for number, host in enumerate(deployment.hosts, start=10)},
    secrets={"directory-reader": "", "storage-usage": ""},
    authority="",
    certificates={},
    configs=ROOT / "mission_configs",
    known=missions,
)
variables = PORTAL.variables(context)
site = dict(variables["portal_site"])
site["probes"] = [probe for probe in site["probes"] if probe["name"] == "core/directory"] + [STAND_IN]
site["usage"] = {"planck": "http://127.0.0.1:9000"}
(folder / "site.json").write_text(json.dumps(site))
(folder / "content.json").write_text(json.dumps(variables["portal_content"]))
