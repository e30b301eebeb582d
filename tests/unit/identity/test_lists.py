import pytest
from sepp_identity.lists import names, users
from sepp_identity.who import Account, Group, Who, by_name


def account(name: str, number: int, **more) -> Account:
    return Account(name=name, number=number, home=f"/home/{name}", shell="/bin/bash", **more)


WHO = Who(
    users={
        "alice": account("alice", 20001),
        "bob": account("bob", 20002),
        "carol": account("carol", 20003, enabled=False),
    },
    shares={
        "share-papers": Account(name="share-papers", number=20010, home="/share/papers", shell="/usr/sbin/nologin")
    },
    groups={
        "everyone": Group(name="everyone", number=20100, members=("alice", "bob", "carol")),
        "team": Group(name="team", number=20101, members=("alice", "carol", "gone")),
    },
)


def test_members_of_the_missions_groups_and_shares_may_run_with_their_numbers():
    assert users(WHO, ["team"]) == {"alice": "20001:20001:20100,20101", "share-papers": "20010:20010:"}


def test_who_is_disabled_may_not():
    assert "carol" not in users(WHO, ["everyone"])
    assert set(users(WHO, ["everyone", "of-nobody"])) == {"alice", "bob", "share-papers"}


def test_the_name_service_knows_everybody_with_a_group_of_her_own():
    files = names(WHO)
    assert files["passwd"].splitlines() == [
        "alice:x:20001:20001::/home/alice:/bin/bash",
        "bob:x:20002:20002::/home/bob:/bin/bash",
        "carol:x:20003:20003::/home/carol:/bin/bash",
        "share-papers:x:20010:20010::/share/papers:/usr/sbin/nologin",
    ]
    assert files["group"].splitlines() == [
        "everyone:x:20100:alice,bob,carol",
        "team:x:20101:alice,carol",
        "alice:x:20001:",
        "bob:x:20002:",
        "carol:x:20003:",
        "share-papers:x:20010:",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        account("root", 0),
        account("service", 10006),
        account("two\nlines", 20001),
        account("a:b", 20001),
        account("../up", 20001),
        Account(name="home", number=20001, home="/home:/bin", shell="/bin/bash"),
        Account(name="shell", number=20001, home="/home/shell", shell="bash\nroot:x:0:0::/:/bin/sh"),
        Group(name="sudo", number=27, members=()),
    ],
)
def test_what_would_be_a_systems_number_or_another_line_is_left_out(wrong, caplog):
    assert by_name([wrong, account("alice", 20001)], first_number=20000).keys() == {"alice"}
    assert "left out of the lists" in caplog.text
