"""What is read of a project, and mended in it, as OpenStack's own services see it."""

import pytest

from sepp.engine.errors import EngineError
from sepp.engine.state import Resource, State
from sepp.targets.openstack.cloud import Limit
from sepp.targets.openstack.faults import faults
from sepp.targets.openstack.kept import delete, kept
from sepp.targets.openstack.mending import mend
from sepp.targets.openstack.reading import read

GIB = 1024**3
NAME = "test"
MARKS = {"sepp-platform": NAME, "sepp-mission": "core"}
TAGS = [f"{key}={value}" for key, value in MARKS.items()]
INSTANCE = "openstack:compute/instance:Instance"
STACK = Resource(urn="urn::stack", kind="pulumi:pulumi:Stack", real=False, protected=False, outputs={})


def test_what_the_project_offers(settings):
    cloud = read(settings, NAME)
    assert {flavour.name: (flavour.cpu, flavour.memory, flavour.disk) for flavour in cloud.flavours} == {
        "small": (1, GIB, 10 * GIB),
        "medium": (2, 4 * GIB, 20 * GIB),
        "large": (4, 8 * GIB, 20 * GIB),
        "huge": (16, 64 * GIB, 40 * GIB),
    }
    assert "debian-13" in cloud.images
    assert "outside" in cloud.external_networks
    assert {"standard", "encrypted"} <= cloud.volume_types
    assert cloud.zones == {"nova"}


def test_limits_are_the_projects_quotas(settings, admin, operator):
    project = operator.current_project_id
    admin.set_compute_quotas(project, instances=3, cores=-1)
    admin.set_volume_quotas(project, gigabytes=50)
    operator.create_volume(size=8, name="of-a-test", wait=True)
    limits = read(settings, NAME).limits
    assert limits["instances"] == Limit(used=0, most=3)
    assert limits["cores"] == Limit(used=0, most=None)
    assert limits["gigabytes"] == Limit(used=8, most=50)
    assert limits["security_groups"].used >= 1


@pytest.fixture
def left(operator):
    """What a killed run may leave: one of each kind, marked as the platform's."""
    network, project = operator.network, {"project_id": operator.current_project_id}
    inside = network.create_network(name="sepp-test-network")
    subnet = network.create_subnet(
        name="sepp-test-network", network_id=inside.id, ip_version=4, cidr="10.90.16.0/20", **project
    )
    router = network.create_router(name="sepp-test-network")
    network.add_interface_to_router(router, subnet_id=subnet.id)
    group = network.create_security_group(name="sepp-test-core")
    port = network.create_port(network_id=inside.id, name="sepp-test-core", security_group_ids=[group.id])
    for made in (inside, subnet, router, group, port):
        network.set_tags(made, TAGS)
    server = operator.create_server(
        "sepp-test-core",
        image="debian-13",
        flavor="small",
        nics=[{"port-id": port.id}],
        meta=MARKS,
        auto_ip=False,
        wait=True,
    )
    volume = operator.create_volume(size=1, name="sepp-test-planck-persistent", metadata=MARKS, wait=True)
    return {"server": server.id, "volume": volume.id}


def test_what_a_killed_run_left_is_removed_but_no_volume(settings, operator, left):
    told = []
    known = Resource(urn="urn::volume", kind="volume", protected=True, outputs={"id": left["volume"]})
    mend(settings, NAME, State(resources=(STACK, known)), told.append, then="made anew")
    made = read(settings, NAME).made
    assert made.ids == {left["volume"]: "volume sepp-test-planck-persistent"}
    assert made.servers == ()
    assert len(told) == 6
    [fault] = faults(made, State(resources=(STACK,)))
    assert fault.text.startswith("the volume sepp-test-planck-persistent")


def test_a_platform_of_which_nothing_is_known_is_left_alone(settings, left):
    with pytest.raises(EngineError, match="a platform of this name already"):
        mend(settings, NAME, State(resources=(STACK,)), pytest.fail, then="made anew")
    assert len(read(settings, NAME).made.ids) == 7


def test_a_server_in_error_is_made_anew(settings, admin, operator, left):
    admin.compute.reset_server_state(left["server"], "error")
    known = tuple(
        Resource(urn=f"urn::{identity}", kind=INSTANCE, protected=False, outputs={"id": identity})
        for identity in read(settings, NAME).made.ids
    )
    told = []
    mend(settings, NAME, State(resources=(STACK, *known)), told.append, then="made anew")
    assert told == ["the server sepp-test-core is in ERROR: it is made anew"]
    made = read(settings, NAME).made
    assert (made.servers, len(made.ids)) == ((), 6)


def test_data_go_by_request_only_and_nothing_else_with_them(settings, operator, left):
    before = set(read(settings, NAME).made.ids)
    operator.create_volume(size=1, name="of-somebody-else", wait=True)
    address = operator.network.create_ip(floating_network_id=operator.network.find_network("outside").id)
    operator.network.set_tags(address, TAGS)
    known = State(resources=(Resource(urn="urn::v", kind="volume", protected=True, outputs={"id": left["volume"]}),))
    data = kept(settings, NAME, known)
    assert set(data) == {left["volume"], address.id}
    delete(settings, data)
    assert set(read(settings, NAME).made.ids) == before - {left["volume"]}
    assert [volume.name for volume in operator.block_storage.volumes()] == ["of-somebody-else"]


def test_credentials_of_another_project_are_refused(settings, operator):
    elsewhere = Resource(
        urn="urn::stack", kind=STACK.kind, protected=False, outputs={"project": operator.current_project_id}
    )
    other = settings.model_copy(update={"cloud": "other"})
    with pytest.raises(EngineError, match="take the credentials of its own project"):
        mend(other, NAME, State(resources=(elsewhere,)), pytest.fail, then="made anew")


def test_a_wrong_password_is_told_before_anything_is_compared(settings, clouds, tmp_path, monkeypatch):
    wrong = tmp_path / "clouds.yaml"
    lines = [line if "password" not in line else "      password: wrong" for line in clouds.read_text().splitlines()]
    wrong.write_text("\n".join(lines))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(wrong))
    with pytest.raises(EngineError, match="does not answer as it should"):
        read(settings, NAME)
