"""What is understood of Ansible's events."""

import io
from typing import Any

import pytest

from sepp.converge.events import HostRun, Progress


@pytest.fixture
def run():
    seen: list[Progress] = []
    made = HostRun(host="core", secrets=["s3cret-value"], started=0.0, log=io.StringIO(), report=seen.append)
    return made, seen


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"event": kind, "stdout": data.pop("stdout", ""), "event_data": {"task": "Write", "role": "cas", **data}}


def test_progress(run):
    made, seen = run
    made.take(event("playbook_on_task_start"))
    assert [(one.host, one.role, one.task) for one in seen] == [("core", "cas", "Write")]
    assert seen[0].elapsed > 0


def test_the_log_holds_no_secret(run):
    made, _ = run
    made.take(event("verbose", stdout="password s3cret-value"))
    assert made.log.getvalue() == "password ********\n"


def test_the_first_failure_is_kept_with_its_words(run):
    made, _ = run
    made.take(event("runner_item_on_failed", res={"msg": "no", "stderr": "because s3cret-value", "stdout": ""}))
    made.take(event("runner_on_failed", res={"msg": "One or more items failed"}))
    assert made.failure == "core: cas: Write\nno\nbecause ********"


def test_a_host_that_cannot_be_reached(run):
    made, _ = run
    made.take(event("runner_on_unreachable", role=None, res={"msg": "container core: it is not running"}))
    assert made.failure == "core: Write\ncontainer core: it is not running"


def test_a_failure_without_words(run):
    made, _ = run
    made.take(event("runner_on_failed", res={}))
    assert made.failure == "core: cas: Write\nno message"


@pytest.mark.parametrize(
    ("diff", "lines"),
    [
        ({"prepared": "- a\n+ b"}, ("- a", "+ b")),
        (
            {"before": "a\n", "after": "s3cret-value\n", "before_header": "/etc/x"},
            ("--- /etc/x", "+++ /etc/x", "@@ -1 +1 @@", "-a", "+********"),
        ),
        ([{"before": {"mode": "0644"}, "after": {"mode": "0600"}}], None),
        ([], ()),
    ],
)
def test_changes(run, diff, lines):
    made, _ = run
    made.take(event("runner_on_ok", res={"changed": True, "diff": diff}))
    (found,) = made.differences
    assert (found.host, found.role, found.task) == ("core", "cas", "Write")
    if lines is None:
        assert '+  "mode": "0600"' in found.lines
    else:
        assert found.lines == lines


def test_what_is_as_it_shall_be_is_no_difference(run):
    made, _ = run
    made.take(event("runner_on_ok", res={"changed": False}))
    made.take(event("runner_on_ok", res={"changed": True, "results": [{"changed": True}]}))
    assert made.differences == []


def test_a_task_without_a_log_has_no_lines(run):
    made, _ = run
    made.take(event("runner_on_ok", res={"changed": True, "censored": "the output has been hidden"}))
    assert made.differences[0].lines == ()
