"""The policy pack of platforms on all targets: pulumi preview --policy-pack ../policies."""

import sys
from pathlib import Path

# The package of this checkout, also where it is not installed.
sys.path.insert(0, str(Path(__file__).parents[2] / "infra"))

from sepp.targets.policy_pack import pack

pack()
