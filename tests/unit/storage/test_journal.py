from sepp_storage.config import StorageError
from sepp_storage.journal import Journal


def _run(tmp_path, *problems):
    journal = Journal(tmp_path / "memory")
    for problem in problems:
        journal.problem(problem)
    return journal.close()


def test_a_problem_is_written_once_and_its_end_too(tmp_path, capsys):
    assert _run(tmp_path, "one", "two") == 1
    assert capsys.readouterr().err == "<3>one\n<3>two\n"
    assert _run(tmp_path, "two") == 1
    shown = capsys.readouterr()
    assert (shown.err, shown.out) == ("", "<5>settled: one\n")
    assert _run(tmp_path) == 0


def test_one_problem_does_not_stop_the_rest():
    journal = Journal()
    with journal.catch("folder"):
        raise StorageError("two\nlines")
    with journal.catch("other"):
        pass
    assert journal.problems == ["folder: two lines"]
