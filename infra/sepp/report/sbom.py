"""The bill of an image's software, in CycloneDX 1.6 (ECMA-424), for whoever looks for vulnerable versions."""

import json
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote


def bill_of_materials(
    name: str, kind: Literal["container", "operating-system"], software: Iterable[Mapping[str, str]]
) -> str:
    """Return the bill of an image as JSON.

    Each entry of `software` has parts of a package URL: type, name, version, perhaps a namespace, and the architecture
    (`arch`) of Debian's packages.
    """
    urls = {package_url(each): each for each in software}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": kind, "name": name}},
        "components": [
            {
                "type": "library",
                "bom-ref": url,
                **({"group": each["namespace"]} if each.get("namespace") else {}),
                "name": each["name"],
                "version": each["version"],
                "purl": url,
            }
            for url, each in sorted(urls.items())
        ],
    }
    return f"{json.dumps(bill, indent=1)}\n"


def package_url(package: Mapping[str, str]) -> str:
    """Return the package URL (ECMA-427) of a package."""
    names = [*package.get("namespace", "").split("/"), package["name"]]
    path = "/".join(quote(part, safe="") for part in (package["type"], *filter(None, names)))
    qualifiers = f"?arch={quote(package['arch'], safe='')}" if "arch" in package else ""
    return f"pkg:{path}@{quote(package['version'], safe='')}{qualifiers}"
