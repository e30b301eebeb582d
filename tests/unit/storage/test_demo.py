import pytest
from sepp_storage import demo
from sepp_storage.config import Collection, StorageError
from sepp_storage.journal import Journal

MAPS = Collection(name="maps", path="maps", groups=(), accounts=())
LOST = Collection(name="lost", path="elsewhere", groups=(), accounts=())


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "made"
    (folder / "maps").mkdir(parents=True)
    (folder / "maps/sky.fits").write_text("SIMPLE")
    return folder


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / ".guard/maps").mkdir(parents=True)
    return folder


def test_what_is_missing_is_put_there_once_with_its_sums(made, repository, capsys):
    data = repository / ".guard/maps/data"
    for _ in range(2):
        demo.install(made, repository, (MAPS,), Journal())
    assert (data / "sky.fits").read_text() == "SIMPLE"
    assert (data / "SHA256SUMS").read_text().endswith("  sky.fits\n")
    assert capsys.readouterr().out.count("demonstration data") == 1


def test_what_somebody_else_put_there_stays_alone(made, repository):
    data = repository / ".guard/maps/data"
    data.mkdir()
    (data / "own").write_text("mine")
    demo.install(made, repository, (MAPS,), Journal())
    assert [path.name for path in data.iterdir()] == ["own"]


def test_a_collection_that_is_none_of_the_demonstration_names_those_that_are(made, repository):
    with pytest.raises(StorageError, match=r"collection lost: no demonstration data 'elsewhere' \(maps\)"):
        demo.install(made, repository, (LOST,), Journal())
