import hashlib
import subprocess

import pytest
from sepp_storage import audit


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / ".guard/maps/data"
    folder.mkdir(parents=True)
    (folder / "one").write_text("1")
    (folder / "sub").mkdir()
    (folder / "sub/two").write_text("2")
    return folder


def test_first_audit_begins_the_list(tmp_path, data):
    finding = audit.audit(tmp_path, "maps")
    assert finding.whole
    assert finding.added == ("one", "sub/two")
    assert audit.audit(tmp_path, "maps").added == ()


def test_damage_is_told_until_it_is_mended(tmp_path, data):
    audit.audit(tmp_path, "maps")
    (data / "one").write_text("other")
    (data / "sub/two").unlink()
    for _ in range(2):
        finding = audit.audit(tmp_path, "maps")
        assert (finding.changed, finding.missing, finding.whole) == (("one",), ("sub/two",), False)


def test_what_is_new_is_kept_from_then_on(tmp_path, data):
    audit.audit(tmp_path, "maps")
    (data / "three").write_text("3")
    assert audit.audit(tmp_path, "maps").added == ("three",)
    (data / "three").unlink()
    assert audit.audit(tmp_path, "maps").missing == ("three",)


def test_a_change_can_be_accepted(tmp_path, data):
    audit.audit(tmp_path, "maps")
    (data / "one").write_text("other")
    assert not audit.audit(tmp_path, "maps", accept=True).whole
    assert audit.audit(tmp_path, "maps").whole


def test_a_list_of_the_collections_own_comes_first(tmp_path, data):
    (data / "SHA256SUMS").write_text(f"{hashlib.sha256(b'0').hexdigest()}  one\n")
    finding = audit.audit(tmp_path, "maps", accept=True)
    assert finding.changed == ("one",)
    assert finding.added == ("sub/two",)
    assert not (tmp_path / ".guard/.audit").exists()


def test_links_are_not_followed(tmp_path, data):
    (data / "link").symlink_to("/etc/hostname")
    audit.audit(tmp_path, "maps")
    (data / "link").unlink()
    (data / "link").symlink_to("/etc/passwd")
    assert audit.audit(tmp_path, "maps").changed == ("link",)


def test_sha256sum_reads_the_list(tmp_path, data):
    audit.audit(tmp_path, "maps")
    kept = tmp_path / ".guard/.audit/maps.sha256"
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", kept], cwd=data, check=True)
    assert kept.stat().st_mode & 0o777 == 0o600
