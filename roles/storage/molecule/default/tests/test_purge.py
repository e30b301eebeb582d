import pytest

pytestmark = pytest.mark.once


def test_old_files_go_and_new_ones_stay(machine, host):
    machine.may("alice", "echo keep > /home/alice/keep; mkdir -p /scratch/alice/deep/er")
    machine.may("alice", "cd /scratch/alice; echo 1 > deep/er/file; ln -sfn /home/alice link; ln -sfn / deep/root")
    machine.run("systemctl", "start", "sepp-storage-purge.service")
    assert host.file("/scratch/alice/deep/er/file").exists
    would = machine.run("sepp-storage", "purge", "--days-ahead", "2", "--dry-run")
    assert "alice: would purge 3 files" in would
    assert host.file("/scratch/alice/deep/er/file").exists
    assert "alice: purged 3 files" in machine.run("sepp-storage", "purge", "--days-ahead", "2")
    assert machine.may("alice", "ls -A /scratch/alice") == ""
    assert machine.may("alice", "cat /home/alice/keep") == "keep\n"


def test_a_copy_that_kept_its_old_times_is_not_old(machine, host):
    machine.may("alice", "touch --date '2001-01-01' /scratch/alice/copy")
    machine.run("systemctl", "start", "sepp-storage-purge.service")
    assert host.file("/scratch/alice/copy").exists
    machine.may("alice", "rm /scratch/alice/copy")


def test_the_unit_reaches_nothing_else(machine):
    properties = "InaccessiblePaths,ReadWritePaths"
    shown = machine.run("systemctl", "show", "--property", properties, "sepp-storage-purge.service")
    assert "ReadWritePaths=/scratch" in shown
    assert "/home" in shown


def test_depth_does_not_stop_the_purge(machine):
    script = "import os\nos.chdir('/scratch/alice')\nfor _ in range(1500):\n os.mkdir('d')\n os.chdir('d')"
    machine.may("alice", f'python3 -c "{script}"; touch /scratch/alice/beside')
    done = machine.run("sepp-storage", "purge", "--days-ahead", "2")
    assert "alice: purged 1 files" in done
    assert "nested too deep" in done
    machine.may("alice", "rm -rf /scratch/alice/d")
