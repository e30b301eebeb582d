"""The Pulumi program of platforms on Kubernetes; `./sepp up` runs it as well."""

import sys
from pathlib import Path

# The package of this checkout, also where it is not installed.
sys.path.insert(0, str(Path(__file__).parents[2] / "infra"))

from sepp.targets.kubernetes.program import program

program()
