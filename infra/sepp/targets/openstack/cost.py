"""What a platform costs by the month, by the operator's price list. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sepp.config.openstack import OpenStack, Prices
from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Flavour
from sepp.targets.openstack.needs import public_hosts
from sepp.targets.openstack.volume import gibibytes, volume_type

_CLOUDS_CHOICE = "default"
"""The volume type of the price list that stands for volumes of which the settings name none."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """So many of something, in words, and the price of one with its currency, if the list has it."""

    kind: str
    name: str
    count: int
    price: str | None

    @property
    def amount(self) -> Decimal:
        """The price of all of them, without the currency."""
        return self.count * Decimal((self.price or "0").split()[0])


def monthly(deployment: Deployment, settings: OpenStack, flavours: Mapping[str, Flavour]) -> str | None:
    """Return the cost of the whole platform in words, with all that has no price; None without a price list."""
    if settings.prices is None:
        return None
    items = list(_items(deployment, settings, settings.prices, flavours))
    kinds = dict.fromkeys(item.kind for item in items)
    sums = {kind: sum((item.amount for item in items if item.kind == kind), Decimal()) for kind in kinds}
    currency = next((item.price.split()[1] for item in items if item.price), "")
    parts = ", ".join(f"{kind} {amount:.2f}" for kind, amount in sums.items())
    unknown = [f"{item.count} {item.kind} of {item.name}" for item in items if item.price is None]
    without = f"; without a price: {', '.join(unknown)}" if unknown else ""
    return f"Monthly cost: {sum(sums.values()):.2f} {currency} ({parts}){without}"


def _items(
    deployment: Deployment, settings: OpenStack, prices: Prices, flavours: Mapping[str, Flavour]
) -> Iterator[Item]:
    for name, count in sorted(Counter(flavour.name for flavour in flavours.values()).items()):
        yield Item(kind="servers", name=name, count=count, price=prices.flavours.get(name))
    sizes = Counter[str]()
    for volume in deployment.volumes:
        sizes[volume_type(settings, volume) or _CLOUDS_CHOICE] += gibibytes(volume.size)
    for name, count in sorted(sizes.items()):
        yield Item(kind="GiB of volumes", name=name, count=count, price=prices.volumes.get(name))
    if settings.provider_network is None:
        count = len(public_hosts(settings))
        yield Item(kind="addresses", name="the outside", count=count, price=prices.address)
