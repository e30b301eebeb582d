"""`sepp-storage sync --every`: where no timer starts it again and again."""

import os
import subprocess
import sys
from pathlib import Path

ROLE = Path(__file__).parents[3] / "roles/storage/files/lib"
START = "import sys; from sepp_storage.main import main; sys.exit(main())"


def test_sync_goes_on_after_an_error_until_it_is_told_to_end():
    command = [sys.executable, "-B", "-c", START, "sync", "--every", "0.1"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROLE)}
    ) as run:
        assert run.stderr is not None
        said = [run.stderr.readline() for _ in range(3)]
        run.terminate()
        assert run.wait(timeout=10) == 0
    assert said == ["<3>/etc/sepp/storage.json is missing: the role storage writes it\n"] * 3
