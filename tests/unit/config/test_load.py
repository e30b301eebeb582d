"""Loading: what comes back, where errors point, what is left alone."""

import time
from pathlib import Path

import pytest

from sepp.config.errors import ConfigError
from sepp.config.load import ConfigErrors, check, load, load_mission, load_platform, load_users, parse_mission

MISSION = "mission: demo\ntitle: Demo\nuse_case: DEMO\n"
PLATFORM = "config:\n  sepp:domain: sepp.localhost\n  sepp:missions: [demo]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "missions").mkdir()
    (tmp_path / "missions/demo.yaml").write_text(MISSION)
    (tmp_path / "Pulumi.test.yaml").write_text(PLATFORM)
    return tmp_path


def faults(text: str, name: str = "demo") -> list[ConfigError]:
    with pytest.raises(ConfigErrors) as raised:
        parse_mission(text, Path(f"{name}.yaml"))
    return list(raised.value)


def test_platform_with_its_missions(folder: Path):
    platform, missions = load(folder / "Pulumi.test.yaml", folder / "missions")
    assert platform.port == 443
    assert platform.local.subnet == "10.89.16.0/20"
    assert [mission.mission for mission in missions] == ["demo"]


def test_missions_that_the_platform_does_not_name_are_not_read(folder: Path):
    (folder / "missions/other.yaml").write_text("nonsense")
    load(folder / "Pulumi.test.yaml", folder / "missions")


def test_faults_of_all_files_at_once(folder: Path):
    (folder / "missions/demo.yaml").write_text(MISSION + "colour: blue\n")
    (folder / "Pulumi.test.yaml").write_text(PLATFORM + "  sepp:port: 0\n")
    with pytest.raises(ConfigErrors) as raised:
        load(folder / "Pulumi.test.yaml", folder / "missions")
    assert [(error.file, error.line, error.column) for error in raised.value] == [
        ("Pulumi.test.yaml", 4, 14),
        ("missions/demo.yaml", 4, 1),
    ]
    assert str(raised.value).endswith("2 errors in 2 files")


def test_a_file_named_twice_is_read_once(folder: Path):
    settings = (
        "storage: {repository: {source: {directory: /srv/demo}, collections: {maps: {path: maps, description: M}}}}\n"
    )
    (folder / "missions/demo.yaml").write_text(MISSION + settings)
    _, missions = check([folder / "Pulumi.test.yaml"], [Path("missions/demo.yaml")], folder / "missions")
    assert len(missions) == 1


def test_pulumi_may_write_its_own(folder: Path):
    more = "  sepp:port: '8443'\n  pulumi:disable-default-providers: ['*']\n  aws:region: NO\nencryptionsalt: v1:x:y\n"
    (folder / "Pulumi.test.yaml").write_text(PLATFORM + more)
    assert load_platform(folder / "Pulumi.test.yaml").port == 8443


def test_faults_as_data():
    (fault,) = faults(MISSION + "colour: blue\n")
    with pytest.raises(ConfigErrors) as raised:
        parse_mission(MISSION + "colour: blue\n", Path("demo.yaml"))
    assert raised.value.as_data() == [
        {
            "file": "demo.yaml",
            "line": 4,
            "column": 1,
            "path": "",
            "message": fault.message,
            "source_line": "colour: blue",
        }
    ]


def test_text_form_is_that_of_the_design():
    text = MISSION + (
        "storage:\n  repository:\n    source: {demo: planck}\n    collections:\n"
        "      maps: {path: maps, description: Maps}\nactors:\n  public:\n    groups: [everyone]\n    reads: [map]\n"
    )
    (fault,) = faults(text)
    assert str(fault) == (
        "demo.yaml:12:13: actors.public.reads: unknown collection 'map' (did you mean 'maps'?)\n"
        "        reads: [map]\n"
        "                ^"
    )


def test_long_lines_are_shown_around_the_caret():
    (fault,) = faults(MISSION + "contact: {team: Demo, " + " " * 300 + "fax: none}\n")
    _, line, caret = str(fault).splitlines()
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("fax: none}")


def test_terminal_is_not_told_what_to_do():
    (fault,) = faults(MISSION + 'contact: {team: "\\e[31mred"}\n')
    assert "\x1b" not in str(fault)


def test_aliases_within_bounds_are_read():
    mission = parse_mission(
        MISSION
        + "actors:\n  one: {groups: [one], limits: &limits {cpu: 3}}\n  two: {groups: [two], limits: *limits}\n",
        Path("demo.yaml"),
    )
    assert mission.actors["two"].limits.cpu == 3


def test_text_of_several_lines_is_stripped():
    mission = parse_mission(MISSION + "portal:\n  summary: |\n    One.\n    Two.\n", Path("demo.yaml"))
    assert mission.portal
    assert mission.portal.summary == "One.\nTwo."


def test_consequences_of_a_fault_are_not_reported():
    text = MISSION + (
        "actors:\n  team: {groups: [demo-team], reads: [maps], may: [publish]}\n"
        "storage:\n  repository:\n    source: {demo: planck}\n"
        "    collections: {maps: {path: /maps, description: Maps}}\n"
        "  public: {quota: 10 GB}\n"
    )
    assert [fault.path for fault in faults(text)] == [
        "storage.repository.collections.maps.path",
        "storage.public.quota",
    ]


def test_misspelt_section_is_looked_into():
    found = faults(MISSION + "portall: {sumary: Demo, faq: /faq}\n")
    assert [fault.message.split(" ")[0] for fault in found] == ["unknown", "unknown", "'/faq'"]


def test_link_out_of_the_folder_is_refused_and_within_is_not(folder: Path):
    (folder / "outside.yaml").write_text(MISSION)
    (folder / "missions/outside.yaml").symlink_to(folder / "outside.yaml")
    with pytest.raises(ConfigErrors, match="a symbolic link that leaves its folder"):
        load_mission(folder / "missions/outside.yaml")
    (folder / "missions/demo.yaml").rename(folder / "missions/real.yaml")
    (folder / "missions/demo.yaml").symlink_to("real.yaml")
    assert load_mission(folder / "missions/demo.yaml").mission == "demo"


@pytest.mark.parametrize("make", ["mkdir", "loop", "pipe"])
def test_what_is_no_file(folder: Path, make: str):
    import os

    path = folder / "missions/odd.yaml"
    {"mkdir": path.mkdir, "loop": lambda: path.symlink_to("odd.yaml"), "pipe": lambda: os.mkfifo(path)}[make]()
    with pytest.raises(ConfigErrors) as raised:
        load_mission(path)
    assert [(error.line, error.column) for error in raised.value] == [(1, 1)]


BODIES = {
    "keys": [f"k{n}: 1\n" for n in range(20_000)],
    "key twice": ["a: 1\n"] * 40_000,
    "actors": ["actors:\n", *(f"  a{n}: {{groups: [g{n}], reads: [m{n}]}}\n" for n in range(5_000))],
    "types": ["actors:\n", *(f"  a{n}: 3\n" for n in range(15_000))],
    "list": ["actors:\n  team:\n    groups:\n", *(f"      - A{n}\n" for n in range(15_000))],
    "collections": [
        "storage:\n  repository:\n    source: {demo: planck}\n    collections:\n",
        *(f"      c{n}: {{path: c, description: D}}\n" for n in range(5_000)),
    ],
}


@pytest.mark.parametrize("body", BODIES)
def test_many_faults_come_to_an_end(body: str):
    began = time.process_time()
    found = faults(MISSION + "".join(BODIES[body]))
    assert time.process_time() - began < 20
    assert len(found) == 101
    assert sum("more than 100 faults, mend these first" in fault.message for fault in found) == 1


SECRETS = [
    "hunter2",
    "0123456",
    "12",
    "'hunter2",
    "&hunter2",
    "*hunter2",
    "!hunter2 x",
    "!!hunter2 x",
    "{hunter2",
    "[hunter2]",
]


@pytest.mark.parametrize("secret", [*SECRETS, "{hunter2: 1}", "{a: hunter2}", "hunter2: 1", "@hunter2", '"\\hunter2"'])
def test_passwords_are_not_shown(tmp_path: Path, secret: str):
    path = tmp_path / "users.yaml"
    path.write_text(f"users:\n  alice:\n    password: {secret}\n")
    with pytest.raises(ConfigErrors) as raised:
        load_users(path)
    for text in (str(raised.value), str(raised.value.as_data())):
        assert "hunter2" not in text
        assert "0123456" not in text


def test_file_of_users_without_users(tmp_path: Path):
    path = tmp_path / "users.yaml"
    path.write_text("usres: {alice: {groups: [demo-team]}}\nother: 1\n")
    with pytest.raises(ConfigErrors) as raised:
        load_users(path)
    assert [error.message for error in raised.value] == [
        "unknown key 'usres' (did you mean 'users'?)",
        "unknown key 'other' (valid: users)",
    ]
