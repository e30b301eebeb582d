from xml.etree import ElementTree

import pytest

from sepp.plan import plan
from sepp.report.diagram import diagram

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def deployments(planck, make_platform):
    def make(count):
        missions = [planck.model_copy(update={"mission": f"planck-{n}"}) for n in range(count)]
        platform = make_platform(missions=tuple(mission.mission for mission in missions))
        return plan(platform, missions, name="demo", target="local")

    return make


def texts(root):
    return [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10])
def test_every_host_is_drawn_inside_the_picture(deployments, count):
    deployment = deployments(count)
    root = ElementTree.fromstring(diagram(deployment))
    assert {host.name for host in deployment.hosts} <= {*texts(root)}
    width, height = float(root.get("width")), float(root.get("height"))
    for rect in root.iter(f"{SVG}rect"):
        x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert x >= 0
        assert y >= 0
        assert x + float(rect.get("width")) <= width
        assert y + float(rect.get("height")) <= height


@pytest.mark.parametrize("count", [1, 2, 5, 10])
def test_hosts_do_not_overlap(deployments, count):
    root = ElementTree.fromstring(diagram(deployments(count)))
    boxes = [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") == "host"
    ]
    for number, (x, y, width, height) in enumerate(boxes):
        for ox, oy, owidth, oheight in boxes[number + 1 :]:
            assert x + width <= ox or ox + owidth <= x or y + height <= oy or oy + oheight <= y


def test_says_who_may_connect_and_what_is_kept(deployments):
    shown = texts(ElementTree.fromstring(diagram(deployments(1))))
    assert "all hosts to 636 Directory" in shown
    assert "/repository, read-only" in shown
    assert any(text.startswith("/home, ") and text.endswith("GiB") for text in shown)


def test_has_a_title_and_a_description_for_screen_readers(deployments):
    deployment = deployments(1)
    root = ElementTree.fromstring(diagram(deployment))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    description = root.find(f"{SVG}desc").text
    assert all(f"Host {host.name} in area {host.area}" in description for host in deployment.hosts)


def test_is_the_same_every_time_and_dark_by_style(deployments):
    assert diagram(deployments(3)) == diagram(deployments(3))
    assert "prefers-color-scheme: dark" in diagram(deployments(1))


def test_titles_cannot_break_the_picture(planck, make_platform):
    mission = planck.model_copy(update={"title": "<script> & \" ' " + "long " * 30})
    root = ElementTree.fromstring(diagram(plan(make_platform(), (mission,), name="x", target="local")))
    title = next(text for text in texts(root) if text.startswith("<script>"))
    assert title.endswith("…")
