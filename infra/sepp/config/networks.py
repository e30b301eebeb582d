"""IPv4 networks as platform files write them."""

import ipaddress

from sepp.config.findings import Finding
from sepp.config.tree import Path


def read_network(path: Path, text: str) -> ipaddress.IPv4Network | Finding:
    """Return the network that the text at `path` names, or what is wrong with the text."""
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return Finding(path, f"'{text}' is not a network: each number is at most 255, the length at most 32")
    if str(network) != text:
        return Finding(path, f"'{text}' is an address inside a network: write '{network}'")
    return network
