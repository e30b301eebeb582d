"""Nova's driver of the stand-in cloud: the services above it decide as always, and no server runs."""

from typing import ClassVar

from nova.virt import fake


class Driver(fake.FakeDriverWithoutFakeNodes):
    """Says of every server that it runs, and lets one change its flavour where it is."""

    vcpus = 64
    memory_mb = 256 * 1024
    local_gb = 4096
    capabilities: ClassVar = {**fake.FakeDriver.capabilities, "supports_migrate_to_same_host": True}
