"""The policy pack of platforms on OpenStack: pulumi preview --policy-pack policies."""

import sys
from pathlib import Path

# The package of this checkout, also where it is not installed.
sys.path.insert(0, str(Path(__file__).parents[3] / "infra"))

from sepp.targets.openstack.policy_pack import pack

pack()
