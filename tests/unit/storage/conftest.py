"""The programs of the storage host are not installed here: they are found in the role."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[3] / "roles/storage/files/lib"))
