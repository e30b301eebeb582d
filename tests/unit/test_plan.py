"""What the plan promises to targets, to verification and to operators."""

import dataclasses

import pytest

from sepp.catalogue import CATALOGUE
from sepp.config.openstack_rules import AREA_DATA, CORE_DATA
from sepp.config.platform_rules import CORE_PORTS
from sepp.deployment import actor_groups
from sepp.directory.layout import FIRST_NUMBER
from sepp.plan import plan


@pytest.fixture
def deployment(planck, make_platform):
    return plan(make_platform(), [planck], name="demo", target="local")


def allowed(deployment):
    return {(r.actor, r.resource, r.action): r.allowed for r in deployment.rights if r.door in ("files", "hub")}


def test_core_and_area_are_on_different_hosts(deployment):
    areas = {host.name: host.area for host in deployment.hosts}
    assert areas == {"core": "core", "planck-storage": "planck", "planck": "planck"}


def test_no_host_on_which_users_work_may_mount_file_systems(deployment):
    assert [host.name for host in deployment.hosts if host.mounts_filesystems] == ["planck-storage"]
    assert "hub" not in deployment.host("planck-storage").services


def test_users_host_sees_the_repository_read_only_and_nothing_of_the_core(deployment):
    mounts = {mount.path: mount for mount in deployment.host("planck").mounts}
    assert mounts["/repository"].read_only
    assert mounts["/repository/.guard/maps/data"].source == "/srv/planck/maps"
    assert all(mount.read_only for mount in mounts.values() if mount.path.startswith("/repository"))
    assert not any(mount.volume and mount.volume.startswith("core-") for mount in mounts.values())


def test_licensed_software_is_mounted_read_only_where_users_work(make_mission, make_platform):
    matlab = {"directory": "/srv/packages/matlab", "licence_server": "27000@lic"}
    hosts = plan(make_platform(), [make_mission(interactive={"matlab": matlab})], name="demo", target="local")
    [mount] = [mount for mount in hosts.host("planck").mounts if mount.source == "/srv/packages/matlab"]
    assert (mount.path, mount.read_only) == ("/opt/matlab", True)
    assert not any(mount.path == "/opt/matlab" for mount in hosts.host("planck-storage").mounts)


def test_every_mounted_volume_exists_once(deployment):
    names = [volume.name for volume in deployment.volumes]
    assert len(names) == len(set(names))
    assert {mount.volume for host in deployment.hosts for mount in host.mounts if mount.volume} == set(names)


def test_what_acme_has_given_outlasts_the_host(planck, make_platform):
    acme = {"directory": "https://acme.site.org/directory", "email": "ops@site.org"}
    for tls, expected in (({}, None), ({"acme": acme}, "/var/lib/apache2/md")):
        deployment = plan(make_platform(tls=tls), [planck], name="demo", target="local")
        mounts = {mount.volume: mount.path for mount in deployment.host("core").mounts}
        assert mounts.get("core-proxy") == expected
        assert ("core-proxy" in {volume.name for volume in deployment.volumes}) == (expected is not None)


def test_only_the_entrance_is_open_to_the_outside(deployment):
    assert [(rule.host, rule.port) for rule in deployment.rules if rule.source == "outside"] == [("core", 8443)]


def test_hub_is_reached_from_the_core_only(deployment):
    port = CATALOGUE["hub"].port("http")
    assert [rule.source for rule in deployment.rules if (rule.host, rule.port) == ("planck", port)] == ["core"]


def test_internal_ports_have_no_rule(deployment):
    assert CATALOGUE["cas"].port("http") not in {rule.port for rule in deployment.rules}


def test_actor_reads_what_the_file_grants_and_nothing_else(deployment):
    rights = allowed(deployment)
    assert rights["collaboration", "repository/simulations", "read"]
    assert rights["public", "repository/maps", "read"]
    assert not rights["public", "repository/simulations", "read"]
    assert not any(
        value
        for (_, resource, action), value in rights.items()
        if resource.startswith("repository/") and action == "write"
    )


def test_nobody_gets_at_other_users_private_files(deployment):
    private = {
        key: value for key, value in allowed(deployment).items() if key[1] in ("persistent/other", "scratch/other")
    }
    assert private
    assert not any(private.values())


def test_publishing_needs_the_right_to_publish(deployment):
    rights = allowed(deployment)
    assert rights["collaboration", "public/own", "write"]
    assert not rights["public", "public/own", "write"]


def test_share_is_closed_to_actors_outside_its_groups(deployment):
    rights = allowed(deployment)
    assert rights["collaboration", "shares/papers", "write"]
    assert not rights["public", "shares/papers", "read"]


def test_members_work_together_in_their_shares_and_nobody_else(deployment, make_mission, make_platform):
    rights = allowed(deployment)
    assert rights["collaboration", "together/papers", "write"]
    assert not rights["public", "together/papers", "write"]
    alone = plan(make_platform(), [make_mission(interactive={})], name="demo", target="local")
    assert not any(resource.startswith("together/") for _, resource, _ in allowed(alone))


def test_who_belongs_to_no_actor_is_refused_at_the_hub(make_mission, make_platform):
    closed = make_mission(
        actors={"team": {"groups": ("planck-team",), "reads": ("all",)}}, storage={"persistent": {"quota": "1 GiB"}}
    )
    rights = allowed(plan(make_platform(), [closed], name="demo", target="local"))
    assert rights["team", "hub", "sign-in"]
    assert not rights["outsider", "hub", "sign-in"]


def test_external_cas_takes_the_place_of_ours(planck, make_platform):
    platform = make_platform(cas={"url": "https://sso.site.example/cas"})
    deployment = plan(platform, [planck], name="demo", target="local")
    assert "cas" not in deployment.host("core").services


def test_size_of_the_operator_wins(planck, make_platform):
    platform = make_platform(sizes={"planck": {"cpu": 16, "memory": "64 GiB"}})
    host = plan(platform, [planck], name="demo", target="local").host("planck")
    assert (host.cpu, host.memory) == (16, 64 * 1024**3)


def test_sections_without_a_service_are_named(make_mission, make_platform):
    mission = make_mission(legacy={"threads": {"iraf": {"title": "IRAF", "packages": ("iraf",), "command": "irafcl"}}})
    deployment = plan(make_platform(), [mission], name="demo", target="local")
    assert deployment.not_deployed == ("planck: legacy systems (WL)",)


@pytest.mark.parametrize(
    ("source", "words"),
    [({"nfs": "nas:/planck"}, "NFS export"), ({"volume": "planck-archive"}, "volume of the cloud")],
)
def test_a_source_that_nothing_mounts_is_named(make_mission, make_platform, source, words):
    repository = {"source": source, "collections": {"maps": {"path": "maps", "description": "Maps"}}}
    mission = make_mission(storage={"repository": repository, "persistent": {"quota": "1 GiB"}})
    (named,) = plan(make_platform(), [mission], name="demo", target="local").not_deployed
    assert words in named


def test_another_mission_changes_nothing_of_the_first(planck, make_mission, make_platform):
    alone = plan(make_platform(), [planck], name="demo", target="local")
    both = plan(
        make_platform(missions=("planck", "gssc")), [planck, make_mission(mission="gssc")], name="demo", target="local"
    )
    for host in alone.hosts:
        assert both.host(host.name) == host
    assert set(alone.volumes) <= set(both.volumes)
    assert set(alone.rules) <= set(both.rules)
    assert set(alone.rights) <= set(both.rights)


def test_mission_without_storage_and_notebooks_has_no_host(make_mission, make_platform):
    deployment = plan(make_platform(), [make_mission(storage=None, interactive=None)], name="demo", target="local")
    assert [host.name for host in deployment.hosts] == ["core"]


def test_plan_is_a_value(planck, make_platform):
    first, second = (plan(make_platform(), [planck], name="demo", target="local") for _ in range(2))
    assert dataclasses.asdict(first) == dataclasses.asdict(second)


def test_everyone_is_no_group_of_a_mission(planck):
    assert actor_groups(planck) == ("planck-collaboration",)


def test_public_names_carry_the_port_unless_it_is_the_usual_one(planck, make_platform):
    assert (
        plan(make_platform(), [planck], name="demo", target="local").url("login") == "https://login.sepp.localhost:8443"
    )
    assert plan(make_platform(port=443), [planck], name="demo", target="local").url() == "https://sepp.localhost"


def test_ports_that_the_configuration_refuses_are_those_of_the_core():
    core = {port.number for service in CATALOGUE.values() if service.scope == "core" for port in service.ports}
    assert core - {None} == set(CORE_PORTS)


OPENSTACK = {
    "cloud": "site",
    "image": "debian-13",
    "external_network": "public",
    "operators": ("192.0.2.0/24",),
    "volumes": {"scratch": {"size": "2 TiB"}, "planck-persistent": {"size": "3 TiB"}},
}


def test_sizes_on_openstack_are_by_tier_and_by_volume(planck, make_mission, make_platform):
    platform = make_platform(port=443, missions=("planck", "gaia"), openstack=OPENSTACK)
    volumes = plan(platform, [planck, make_mission(mission="gaia")], name="demo", target="openstack").volumes
    sizes = {volume.name: volume.size // 1024**3 for volume in volumes if volume.tier in ("scratch", "persistent")}
    assert sizes == {"planck-scratch": 2048, "gaia-scratch": 2048, "planck-persistent": 3072, "gaia-persistent": 100}


def test_file_systems_are_exported_within_an_area_where_hosts_share_no_machine(deployment, planck, make_platform):
    nfs = {port.number for port in CATALOGUE["storage"].ports if port.for_mounts}
    openstack = plan(make_platform(port=443, openstack=OPENSTACK), [planck], name="demo", target="openstack")
    found = [(rule.source, rule.host) for rule in openstack.rules if rule.port in nfs]
    assert found == [("planck", "planck-storage")]
    assert not nfs & {rule.port for rule in deployment.rules}


def test_a_volume_is_kept_by_the_host_that_may_mount(deployment):
    kept = {volume: host.name for volume, host in deployment.keepers().items()}
    assert set(kept) == {volume.name for volume in deployment.volumes}
    assert kept["planck-persistent"] == "planck-storage"
    assert (kept["planck-hub"], kept["core-directory"]) == ("planck", "core")


def test_services_with_data_that_the_configuration_knows_are_those_of_the_catalogue():
    with_data = {(service.scope, service.name) for service in CATALOGUE.values() if service.data}
    assert with_data == {("core", name) for name in CORE_DATA} | {("area", name) for name in AREA_DATA}


def test_only_hosts_of_a_cloud_mount_volumes_themselves(deployment, planck, make_platform):
    openstack = plan(make_platform(port=443, openstack=OPENSTACK), [planck], name="demo", target="openstack")
    assert all(host.services[:2] == ("base", "volumes") for host in openstack.hosts)
    on_hosts = plan(make_platform(), [planck], name="demo", target="hosts")
    assert not any("volumes" in host.services for host in (*deployment.hosts, *on_hosts.hosts))


def test_a_volume_of_the_operators_is_where_the_mission_names_its_directory(planck, make_platform):
    platform = make_platform(port=443, openstack={**OPENSTACK, "repositories": {"planck": "planck-archive"}})
    deployment = plan(platform, [planck], name="demo", target="openstack")
    [source] = [mount for mount in deployment.host("planck-storage").mounts if mount.volume == "planck-source"]
    assert (source.path, source.read_only) == ("/srv/planck", True)
    assert "planck-source" not in {volume.name for volume in deployment.volumes}
    assert not any(mount.source for mount in deployment.host("planck").mounts)
    local = plan(platform, [planck], name="demo", target="local")
    assert "planck-source" not in local.keepers()


def in_a_cluster(mission, make_platform, **changes):
    platform = make_platform(port=443, kubernetes={"context": "site", **changes})
    return plan(platform, [mission], name="demo", target="kubernetes")


def test_in_a_cluster_services_of_a_host_meet_on_the_network(planck, make_platform):
    rules = in_a_cluster(planck, make_platform).rules
    own = {(rule.host, rule.service, rule.port) for rule in rules if rule.source == rule.host}
    expected = {
        (host, service, port.number)
        for host, service in (("core", "cas"), ("core", "portal"), ("planck", "hub"))
        for port in CATALOGUE[service].ports
        if port.reach == "host"
    }
    assert own == expected


def test_in_a_cluster_no_host_has_what_belongs_to_machines(make_mission, make_platform):
    licensed = {"matlab": {"directory": "/srv/packages/matlab", "licence_server": "27000@lic"}}
    deployment = in_a_cluster(make_mission(interactive=licensed), make_platform)
    services = {service for host in deployment.hosts for service in host.services}
    assert services == {"cas", "directory", "hub", "identity", "portal", "proxy", "storage"}
    assert not any(mount.source for host in deployment.hosts for mount in host.mounts)
    assert deployment.subnet is None
    assert [line for line in deployment.not_deployed if "folder of the cluster" in line] == [
        "planck: the repository's directory, which is no folder of the cluster",
        "planck: the installation of matlab, which is no folder of the cluster",
    ]


def test_sizes_in_a_cluster_are_by_tier_and_by_volume(planck, make_platform):
    volumes = in_a_cluster(planck, make_platform, volumes=OPENSTACK["volumes"], volume_size="7 GiB").volumes
    sizes = {volume.tier: volume.size // 1024**3 for volume in volumes if volume.tier}
    assert sizes == {"scratch": 2048, "persistent": 3072, "public": 7, "repository": 7, "shares": 7}


def test_users_of_services_in_containers_have_numbers_that_nobody_else_has():
    numbers = {name: service.number for name, service in CATALOGUE.items() if service.user != "root"}
    assert len({*numbers.values()}) == len(numbers)
    assert all(number and 10_000 < number < FIRST_NUMBER for number in numbers.values())
