"""Folders and the passphrase."""

from concurrent.futures import ThreadPoolExecutor

from sepp.engine import paths


def test_passphrase_is_made_once_and_private(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = paths.passphrase_file()
    text = first.read_text()
    assert len(text) == 64
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.parent.stat().st_mode & 0o777 == 0o700
    assert paths.passphrase_file().read_text() == text
    assert [path.name for path in first.parent.iterdir()] == ["passphrase"]


def test_first_runs_at_once_agree_on_one_passphrase(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        read = {pool.submit(lambda: paths.passphrase_file().read_text()) for _ in range(32)}
        assert len({one.result() for one in read}) == 1


def test_relative_folders_are_not_believed(monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert paths.cache_dir().is_absolute()
