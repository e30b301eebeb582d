import json
from http import HTTPStatus

import pytest
from sepp_storage import usage as counted
from sepp_storage.serve import Answers

from sepp.cli.usage import size
from sepp.engine.errors import EngineError
from sepp.plan import plan
from sepp.report.usage import by_group, usage
from sepp.verify.access import ByCommand

RIGHT = "right"
REPORT = {
    "mission": "planck",
    "time": "2026-11-23T11:00:00+00:00",
    "users": {
        "alice": {"groups": ["everyone", "team"], "tiers": {"persistent": {"used": 10, "limit": 20, "whole": False}}},
        "bob": {"groups": ["everyone"], "tiers": {"persistent": {"used": 5, "limit": 20, "whole": False}}},
        "gone": {"groups": [], "tiers": {"persistent": {"used": 1, "limit": 20, "whole": False}}},
    },
    "shares": {"papers": {"groups": ["team"], "path": "/share/papers", "used": 3, "limit": 9, "whole": False}},
    "tiers": {"persistent": {"used": 16, "size": 100}},
}


def _hosts(answers):
    def access(host, argv):
        assert tuple(argv) == ("sepp-storage", "usage")
        return ["sh", "-c", answers[host]]

    return ByCommand(access=access, environment={"PATH": "/usr/bin:/bin"})


def test_groups_are_added_up():
    assert by_group(REPORT["users"]) == {
        "": {"users": 1, "tiers": {"persistent": 1}},
        "everyone": {"users": 2, "tiers": {"persistent": 15}},
        "team": {"users": 1, "tiers": {"persistent": 10}},
    }


def test_what_counts_the_whole_tier_is_nobodys():
    entry = {"groups": ["team"], "tiers": {"persistent": {"used": 5, "limit": 9, "whole": True}}}
    assert by_group({"alice": entry})["team"]["tiers"] == {}


def test_each_storage_host_is_asked(make_platform, planck):
    deployment = plan(make_platform(), [planck], name="demo", target="local")
    [mission] = usage(deployment, _hosts({"planck-storage": f"echo '{json.dumps(REPORT)}'"}))
    assert mission["users"] == REPORT["users"]
    assert mission["groups"]["team"]["users"] == 1


def test_a_host_that_does_not_answer_is_named(make_platform, planck):
    deployment = plan(make_platform(), [planck], name="demo", target="local")
    with pytest.raises(EngineError, match="planck-storage has not told what is used: no such container"):
        usage(deployment, _hosts({"planck-storage": "echo no such container >&2; exit 125"}))


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (100 * 1024**3, "100.0 GiB")]
)
def test_sizes_for_people(count, text):
    assert size(count) == text


def test_a_users_part_has_the_shares_of_her_groups_only():
    assert set(counted.own(REPORT, "alice")["shares"]) == {"papers"}
    assert counted.own(REPORT, "bob")["shares"] == {}
    assert counted.own(REPORT, "new") == {"tiers": {}, "shares": {}}


def test_answers_need_the_token(tmp_path):
    report = tmp_path / "usage.json"
    answers = Answers(token=RIGHT, report=report)
    assert answers.of("/alice", "Bearer right")[0] == HTTPStatus.SERVICE_UNAVAILABLE
    report.write_text(json.dumps(REPORT))
    assert answers.of("/alice", "Bearer right") == (HTTPStatus.OK, counted.own(REPORT, "alice"))
    assert answers.of("/nobody", "Bearer right")[0] == HTTPStatus.NOT_FOUND
    for wrong in ("", "Bearer", "Bearer wrong", "right", "Bearer r\u00ed"):
        assert answers.of("/alice", wrong)[0] == HTTPStatus.UNAUTHORIZED
