import os
import time

import pytest
from sepp_storage import purge
from sepp_storage.config import StorageError

LATER = 1000.0


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "alice"
    path.mkdir()
    return path


def _all(path):
    return {str(found.relative_to(path)) for found in path.rglob("*")}


def test_old_files_and_emptied_folders_go(folder):
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/file").write_text("x" * 5000)
    done = purge.purge(folder, time.time() + LATER)
    assert (done.files, done.left) == (1, 0)
    assert done.size >= 5000
    assert folder.is_dir()
    assert _all(folder) == set()


def test_what_is_in_use_stays(folder):
    (folder / "file").write_text("x")
    assert purge.purge(folder, time.time() - LATER).files == 0
    assert _all(folder) == {"file"}


@pytest.mark.parametrize("used", [0, 1, 2])
def test_reading_writing_and_copying_count(used):
    times = [10.0, 10.0, 10.0]
    times[used] = 500.0

    class Status:
        st_atime, st_mtime, st_ctime = times

    assert purge.last_use(Status()) == 500.0


def test_links_are_deleted_and_never_followed(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    (folder / "to-folder").symlink_to(outside)
    (folder / "to-file").symlink_to(outside / "kept")
    assert purge.purge(folder, time.time() + LATER).files == 2
    assert (outside / "kept").exists()


def test_a_folder_that_became_a_link_is_not_entered(folder, tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    (folder / "trap").mkdir()
    real = os.stat

    def swap(name, **options):
        status = real(name, **options)
        if name == "trap":
            (folder / "trap").rmdir()
            (folder / "trap").symlink_to(outside)
        return status

    monkeypatch.setattr(purge.os, "stat", swap)
    purge.purge(folder, time.time() + LATER)
    assert (outside / "kept").exists()


def test_the_users_folder_is_no_link(folder, tmp_path):
    (tmp_path / "bob").symlink_to(folder)
    with pytest.raises(OSError, match="bob"):
        purge.purge(tmp_path / "bob", time.time() + LATER)


def test_a_dry_run_deletes_nothing(folder):
    (folder / "a").mkdir()
    (folder / "a/file").write_text("")
    assert purge.purge(folder, time.time() + LATER, dry_run=True).files == 1
    assert _all(folder) == {"a", "a/file"}


def test_depth_is_bounded(folder, monkeypatch):
    monkeypatch.setattr(purge, "DEEPEST", 3)
    (folder / "1/2/3/4").mkdir(parents=True)
    (folder / "1/2/file").write_text("")
    done = purge.purge(folder, time.time() + LATER)
    assert (done.files, done.left) == (1, 1)
    assert (folder / "1/2/3/4").exists()


def test_without_times_of_reading_nothing_is_deleted(folder, monkeypatch):
    class Flags:
        f_flag = os.ST_NOATIME

    monkeypatch.setattr(purge.os, "fstatvfs", lambda _: Flags())
    with pytest.raises(StorageError, match="noatime"):
        purge.purge(folder, time.time() + LATER)
