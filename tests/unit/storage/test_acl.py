import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sepp_storage import acl
from sepp_storage.acl import Acl


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    fd = os.open(path, os.O_RDONLY)
    try:
        os.setxattr(fd, "system.posix_acl_access", Acl(groups={1234: 5}).encode())
    except OSError as error:
        pytest.skip(f"no ACLs on the file system of the tests: {error}")
    yield path, fd
    os.close(fd)


def test_mode_shows_the_mask_of_named_ones():
    assert Acl(groups={1: 5}).mode == 0o750
    assert Acl(owner=6, users={7: 4}).mode == 0o640
    assert Acl(group=5, other=5).mode == 0o755


def test_kernel_takes_it_and_a_second_time_changes_nothing(folder):
    path, fd = folder
    wanted = Acl(group=7, groups={20001: 7, 20000: 5})
    assert acl.apply(fd, wanted, special=0o2000, inherit=True)
    assert path.stat().st_mode & 0o7777 == 0o2770
    assert not acl.apply(fd, wanted, special=0o2000, inherit=True)


def test_new_files_inherit(folder):
    path, fd = folder
    acl.apply(fd, Acl(group=7, groups={20000: 7}), inherit=True)
    os.umask(0o077)
    (path / "file").write_text("")
    assert os.getxattr(path / "file", "system.posix_acl_access")
    assert (path / "file").stat().st_mode & 0o777 == 0o660


def rights(path):
    return os.getxattr(path, "system.posix_acl_access")


def test_what_is_there_already_gets_the_rights_of_what_is_made_there(folder):
    path, fd = folder
    acl.pass_on(fd, Acl(group=7, groups={20000: 7}))
    (path / "inner").mkdir()
    (path / "inner/text").write_text("")
    (path / "inner/program").write_text("")
    (path / "inner/program").chmod(0o750)
    (path / "outside").symlink_to("/etc/hostname")
    before = Path("/etc/hostname").stat().st_mode
    wanted = Acl(group=7, groups={20000: 7}, users={20010: 7})
    assert acl.pass_on(fd, wanted)
    assert not acl.pass_on(fd, wanted)
    assert rights(path) == rights(path / "inner") == wanted.encode()
    assert os.getxattr(path / "inner", "system.posix_acl_default") == wanted.encode()
    assert rights(path / "inner/text") == Acl(owner=6, group=6, groups={20000: 6}, users={20010: 6}).encode()
    assert rights(path / "inner/program") == Acl(group=5, groups={20000: 5}, users={20010: 5}).encode()
    assert (path / "inner").stat().st_mode & 0o7777 == 0o2770
    assert Path("/etc/hostname").stat().st_mode == before


def test_a_file_that_its_owner_closed_stays_closed(folder):
    path, fd = folder
    (path / "secret").write_text("")
    (path / "secret").chmod(0o600)
    acl.pass_on(fd, Acl(group=7, users={20010: 7}))
    assert (path / "secret").stat().st_mode & 0o777 == 0o600


def test_plain_rights_remove_the_list(folder):
    path, fd = folder
    assert acl.apply(fd, Acl())
    assert os.listxattr(path) == []
    assert path.stat().st_mode & 0o777 == 0o700
    assert not acl.apply(fd, Acl())


@pytest.mark.skipif(shutil.which("getfacl") is None, reason="getfacl is not installed")
def test_others_read_it_the_same(folder):
    path, fd = folder
    acl.apply(fd, Acl(groups={20000: 5, 20001: 4}))
    shown = subprocess.run(["getfacl", "--numeric", "--omit-header", path], capture_output=True, text=True, check=True)
    lines = shown.stdout.split()
    assert lines == ["user::rwx", "group::---", "group:20000:r-x", "group:20001:r--", "mask::r-x", "other::---"]


def test_a_link_is_never_opened(tmp_path):
    from sepp_storage import folders

    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(OSError, match="link"), folders.open_folder(Path(tmp_path / "link")):
        pass
