"""The engine's events as lines for a person."""

from typing import Any

from sepp.engine.events import Outcome

URN = "urn:pulumi:x::sepp::sepp:local:Host$pulumi-python:dynamic/sepp:Host::planck"


def step(event: str, operation: str, kind: str = "pulumi-python:dynamic/sepp:Host") -> dict[str, Any]:
    return {event: {"metadata": {"op": operation, "urn": URN, "type": kind}}}


def test_steps_are_shown_as_words() -> None:
    outcome = Outcome()
    assert outcome.line(step("resourcePreEvent", "create")) == "creating host planck"
    assert outcome.line(step("resOutputsEvent", "update")) == "updated host planck"
    assert outcome.line(step("resOutputsEvent", "same")) is None
    assert outcome.line(step("resourcePreEvent", "create", "sepp:local:Host")) is None
    assert outcome.line(step("resourcePreEvent", "create", "pulumi:providers:openstack")) is None


def test_kinds_of_a_cloud_are_words_too() -> None:
    kind = "openstack:networking/floatingIp:FloatingIp"
    assert Outcome().line(step("resourcePreEvent", "create", kind)) == "creating floating ip planck"


def test_what_providers_print_is_shown() -> None:
    event = {"diagnosticEvent": {"severity": "info", "message": "<{%reset%}>  1.0 s  core: cas<{%reset%}>\n"}}
    assert Outcome().line(event) == "  1.0 s  core: cas"


def test_errors_are_kept_once_and_without_their_wrapping() -> None:
    outcome = Outcome()
    message = "Exception calling application: core: cas: Start\nno memory"
    for _ in range(2):
        assert outcome.line({"diagnosticEvent": {"severity": "error", "message": f"{message}\n"}}) is None
    assert outcome.errors == ["core: cas: Start\nno memory"]


def test_debugging_is_not_shown() -> None:
    assert Outcome().line({"diagnosticEvent": {"severity": "debug", "message": "registering"}}) is None


def test_looking_is_not_changing() -> None:
    outcome = Outcome()
    outcome.line({"summaryEvent": {"resourceChanges": {"same": 12, "refresh": 3}}})
    assert not outcome.changed
    outcome.line({"summaryEvent": {"resourceChanges": {"same": 12, "update": 1}}})
    assert outcome.changed


def test_what_is_retained_is_not_said_to_be_deleted() -> None:
    event = step("resOutputsEvent", "delete")
    event["resOutputsEvent"]["metadata"]["old"] = {"retainOnDelete": True}
    assert Outcome().line(event) == "forgotten host planck"
    assert Outcome().line(step("resOutputsEvent", "delete")) == "deleted host planck"


def test_what_a_preview_would_change_is_told_with_the_properties():
    outcome = Outcome()
    for operation in ("create", "update", "same"):
        outcome.line(step("resourcePreEvent", operation))
    outcome.line(step("resourcePreEvent", "update", "sepp:local:Host"))
    changed = step("resourcePreEvent", "update")
    changed["resourcePreEvent"]["metadata"]["detailedDiff"] = {"spec.replicas": {}, "spec.paused": {}}
    outcome.line(changed)
    assert outcome.differences == [
        ("host planck", "is not there"),
        ("host planck", "differs"),
        ("host planck", "differs: spec.replicas, spec.paused"),
    ]


def test_what_the_provider_says_of_each_thing_is_not_told():
    event = {"diagnosticEvent": {"severity": "info", "message": "Skipping await logic\n"}}
    assert Outcome().line(event) is None
