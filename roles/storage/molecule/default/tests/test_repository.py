import pytest

MAP = "/repository/maps/wmap_band_iqumap_r9_7yr_W_v4_udgraded32.fits"
SIMULATION = "/repository/simulations/simulation_nside256_seed1.fits"


def test_everybody_reads_the_open_collection(machine):
    assert machine.may("carol", f"head --bytes 30 {MAP}").startswith("SIMPLE  =")


def test_members_alone_read_the_restricted_collection(machine):
    header = machine.may("alice", f"head --bytes 8640 {SIMULATION} | tr --complement --delete '[:print:]'")
    assert "simulation, not an observation" in header
    for path in (SIMULATION, "/repository/.guard/simulations/data", "/repository/simulations/"):
        machine.refused("bob", f"ls {path}")
    machine.refused("bob", f"head --bytes 1 {SIMULATION}")


def test_nobody_writes(machine):
    for path in ("/repository", "/repository/maps", "/repository/.guard", "/repository/.guard/maps"):
        machine.refused("alice", f"touch {path}/x")
    machine.refused("alice", f"chmod 777 {MAP}", "Operation not permitted")
    machine.refused("alice", "ls /repository/.guard")


@pytest.mark.once
def test_rights_follow_the_mission(machine, edit):
    def grant(config):
        config["collections"][1]["groups"] = ["guests"]

    edit(grant)
    machine.may("bob", f"head --bytes 1 {SIMULATION}")
    machine.refused("alice", f"head --bytes 1 {SIMULATION}")


@pytest.mark.once
def test_a_collection_that_the_mission_drops_is_closed_and_kept(machine, edit, host):
    def drop(config):
        del config["collections"][1]

    edit(drop)
    assert not host.file("/repository/simulations").exists
    machine.refused("alice", "ls /repository/.guard/simulations/data")
    assert host.file("/repository/.guard/simulations/data/README.txt").exists


def test_audit_passes(machine):
    machine.run("sepp-storage", "audit")


@pytest.mark.once
@pytest.mark.parametrize(
    ("damage", "words"),
    [("echo x >> {file}", "changed: README.txt"), ("rm {file}", "missing: README.txt")],
)
def test_audit_finds_damage(machine, host, damage, words):
    file = "/repository/.guard/maps/data/README.txt"
    machine.run("cp", "--archive", file, "/root/kept")
    machine.run("sh", "-c", damage.format(file=file))
    try:
        found = host.run("sepp-storage audit")
        assert found.rc == 1
        assert words in found.stderr
    finally:
        machine.run("cp", "--archive", "/root/kept", file)
    machine.run("sepp-storage", "audit")


def test_audit_of_the_units_sandbox(machine):
    machine.run("systemctl", "start", "sepp-storage-audit.service")
