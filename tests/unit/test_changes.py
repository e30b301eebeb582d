"""What an operator is shown before she says yes."""

from sepp.plan import plan
from sepp.report.changes import changes, notes, summary


def summarise(platform, *missions):
    return summary(plan(platform, missions, name="demo", target="local"))


def test_first_plan_is_all_new(planck, make_platform):
    found = changes(None, summarise(make_platform(), planck))
    assert {change.kind for change in found} == {"add"}
    assert {change.section for change in found} == {"missions", "hosts", "volumes", "connections", "limits", "rights"}


def test_same_configuration_is_no_change(planck, make_platform):
    deployed = summarise(make_platform(), planck)
    assert changes(deployed, summarise(make_platform(), planck)) == ()


def test_a_dropped_tier_is_shown_as_what_holds_data(planck, make_platform):
    before = summarise(make_platform(), planck)
    without_scratch = planck.storage.model_copy(update={"scratch": None})
    after = summarise(make_platform(), planck.model_copy(update={"storage": without_scratch}))
    assert [change.part for change in changes(before, after) if change.loses_data] == ["planck-scratch"]


def test_a_widened_right_is_a_change_that_names_both_sides(planck, make_mission, make_platform):
    actors = {
        "collaboration": {"groups": ("planck-collaboration",), "reads": ("all",), "may": ("publish",)},
        "public": {"groups": ("everyone",), "reads": ("all",), "limits": {"memory": "4 GiB"}},
    }
    before, after = summarise(make_platform(), planck), summarise(make_platform(), make_mission(actors=actors))
    (change,) = changes(before, after)
    assert (change.section, change.kind, change.before, change.after) == ("rights", "change", "refused", "allowed")
    assert "simulations" in change.part


def test_volumes_smaller_than_one_users_limit_are_named(planck, make_platform):
    small = plan(make_platform(local={"volume_size": "10 GiB"}), [planck], name="x", target="local")
    assert list(notes(small)) == ["volume planck-scratch holds 10 GiB, less than the 20 GiB that each user may have"]
    large = plan(make_platform(local={"volume_size": "20 GiB"}), [planck], name="x", target="local")
    assert list(notes(large)) == []
