import json


def test_portal_understands_what_the_catalogue_gives(site):
    assert site.url == "https://sepp.localhost:8443"
    assert site.login_url == "https://login.sepp.localhost:8443/cas"
    assert site.hubs == {"planck": "https://planck.sepp.localhost:8443"}
    assert len(site.adoption) == 14
    assert {step.scenario for step in site.roadmap if step.delivered} == {"SA", "IA"}


def test_every_service_that_the_portal_can_reach_is_asked(site):
    asked = {probe.name: probe for probe in site.probes}
    assert {*asked} == {"core/directory", "core/cas", "core/proxy", "planck-storage/storage", "planck/hub"}
    assert (asked["core/cas"].host, asked["core/cas"].path) == ("127.0.0.1", "/cas/login")
    assert asked["core/proxy"].server_name == "sepp.localhost"
    assert asked["planck/hub"].host == "10.0.0.3"
    assert asked["core/directory"].kind == "tcp"


def test_external_sign_on_is_asked_at_its_own_address(variables):
    site = variables(cas={"url": "https://sso.site.example/cas"})["portal_site"]
    (cas,) = (probe for probe in site["probes"] if probe["title"] == "Sign-on")
    assert (cas["host"], cas["port"], cas["path"]) == ("sso.site.example", 443, "/cas/login")
    assert site["login_url"] == "https://sso.site.example/cas"


def test_no_secret_and_no_place_of_data_is_in_the_site(variables):
    text = json.dumps(variables()["portal_site"])
    assert "reader's" not in text
    assert "usage's" not in text
    assert '"source"' not in text


def test_a_changed_page_is_a_changed_variable(variables, tmp_path):
    folder = tmp_path / "faq/planck"
    folder.mkdir(parents=True)
    page = folder / "10-a.md"
    page.write_text("# A\n")
    before = variables(configs=tmp_path)["portal_content"]
    page.write_text("# B\n")
    after = variables(configs=tmp_path)["portal_content"]
    assert before["faq/planck"].keys() == after["faq/planck"].keys() == {"10-a.md"}
    assert before != after
