from sepp_storage.volumes import PlainVolume


def test_the_tier_as_a_whole_is_the_limit(tmp_path):
    volume = PlainVolume(tmp_path)
    volume.make("alice")
    volume.limit("alice", 1000)
    usage = volume.usage("alice")
    assert usage.whole
    assert usage.limit is not None
    assert 0 < usage.used <= usage.limit
    assert (tmp_path / "alice").stat().st_mode & 0o777 == 0o700


def test_removing_follows_no_link(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    volume = PlainVolume(tmp_path)
    volume.make("alice")
    (tmp_path / "alice/link").symlink_to(outside)
    volume.remove("alice")
    assert not (tmp_path / "alice").exists()
    assert (outside / "kept").exists()
