"""What keeps the lists of users is not installed here: it is found in its role."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[3] / "roles/identity/files/program"))
