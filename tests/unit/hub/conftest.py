"""The hub's own parts are not installed here: they are found in the role."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
LIBRARY = Path(__file__).parents[3] / "roles/hub/files/root/usr/local/lib/sepp"
sys.path[:0] = [str(LIBRARY / folder) for folder in ("hub", "spawn", "applications")]
