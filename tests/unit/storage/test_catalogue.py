import pytest

from sepp.catalogue.storage import STORAGE
from sepp.deployment import Context
from sepp.plan import plan

GIB = 1024**3


@pytest.fixture
def variables(make_platform, planck):
    return of(make_platform(), planck)


def of(platform, mission):
    deployment = plan(platform, [mission], name="demo", target="local")
    return STORAGE.variables(
        Context(
            deployment=deployment,
            host=deployment.host("planck-storage"),
            addresses={"planck-storage": "10.0.0.5"},
            secrets={"storage-usage": "secret"},
            authority="",
            certificates={},
        )
    )


def test_paths_are_those_of_the_mounts(variables, make_platform, planck):
    host = plan(make_platform(), [planck], name="demo", target="local").host("planck-storage")
    mounted = {mount.path for mount in host.mounts if mount.volume}
    assert set(variables["storage_paths"].values()) == mounted


def test_each_actor_has_private_tiers_and_publishers_a_public_one(variables):
    assert variables["storage_tiers"] == [
        {"name": "persistent", "quota": 10 * GIB, "groups": ["everyone", "planck-collaboration"]},
        {"name": "scratch", "quota": 20 * GIB, "groups": ["everyone", "planck-collaboration"]},
        {"name": "public", "quota": GIB, "groups": ["planck-collaboration"]},
    ]


def test_collections_are_read_by_whom_the_mission_says(variables):
    groups = {item["name"]: item["groups"] for item in variables["storage_collections"]}
    assert groups == {"maps": ["everyone", "planck-collaboration"], "simulations": ["planck-collaboration"]}


def test_shares_and_purge(variables):
    assert variables["storage_shares"] == [
        {"name": "papers", "quota": 5 * GIB, "groups": ["planck-collaboration"], "account": "share-papers"}
    ]
    assert variables["storage_purge_after"] == 30 * 86400
    assert variables["storage_demo"] is False


def test_a_share_reads_what_all_of_its_members_read_and_nothing_else(make_platform, make_mission):
    shares = {
        "papers": {"groups": ("planck-collaboration",), "quota": "1 GiB"},
        "open": {"groups": ("everyone",), "quota": "1 GiB"},
        "both": {"groups": ("planck-collaboration", "planck-guests"), "quota": "1 GiB"},
    }
    actors = {
        "collaboration": {"groups": ("planck-collaboration",), "reads": ("all",)},
        "guests": {"groups": ("planck-guests",), "reads": ("maps",)},
        "public": {"groups": ("everyone",)},
    }
    storage = make_mission().storage.model_dump(exclude_none=True) | {"shares": shares}
    storage["persistent"] = {"quota": "1 GiB"}
    storage = {name: storage[name] for name in ("repository", "persistent", "shares")}
    found = of(make_platform(), make_mission(actors=actors, storage=storage))
    accounts = {item["name"]: item["accounts"] for item in found["storage_collections"]}
    assert accounts == {"maps": ["share-papers", "share-both"], "simulations": ["share-papers"]}


def test_without_collaboration_no_share_has_an_account(make_platform, make_mission):
    found = of(make_platform(), make_mission(interactive={"collaboration": False}))
    assert [share["account"] for share in found["storage_shares"]] == [""]
    assert {account for item in found["storage_collections"] for account in item["accounts"]} == set()
