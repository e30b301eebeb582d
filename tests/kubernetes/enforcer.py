"""Enforces network policies on the tests' node, as a cluster's network does: by rules of nftables for each pod.

What a policy means: https://kubernetes.io/docs/concepts/services-networking/network-policies/. A pod whom one selects
for a direction receives or opens what some policy allows there, and nothing else; the node itself reaches all pods.
"""

import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.kubernetes.repeating import repeated
from tests.kubernetes.server import Server

_BASE = """\
table inet policies
delete table inet policies
table inet policies {{
  chain forward {{ type filter hook forward priority 10; ct state established,related accept; jump out; jump in; }}
  chain input {{ type filter hook input priority 10; ct state established,related accept; jump out; }}
  chain out {{ {out} }}
  chain in {{ {in_} }}
{chains}
}}
"""
_PATHS = ("/api/v1/pods", "/api/v1/namespaces", "/apis/networking.k8s.io/v1/networkpolicies")


@contextmanager
def enforced(server: Server, container: str) -> Generator[None]:
    """Enforce the policies of a cluster of one node, which is a container, until the end of the context."""
    before = ""

    def follow() -> None:
        nonlocal before
        now = rules(*(_all(server, path) for path in _PATHS))
        if now != before:
            command = ["podman", "exec", "--interactive", container, "nft", "--file", "-"]
            subprocess.run(command, input=now, text=True, check=True, capture_output=True)
            before = now

    with repeated(follow):
        yield


def _all(server: Server, path: str) -> list[dict[str, Any]]:
    return server.ask("GET", path)["items"]


def rules(pods: list[Any], namespaces: list[Any], policies: list[Any]) -> str:
    """Return the rules for what there is."""
    labels = {each["metadata"]["name"]: each["metadata"].get("labels", {}) for each in namespaces}
    there = [each for each in pods if each["status"].get("podIP") and not each["spec"].get("hostNetwork")]
    chains: dict[str, list[str]] = {}
    jumps: dict[str, list[str]] = {"Ingress": [], "Egress": []}
    for pod in there:
        address = pod["status"]["podIP"]
        for way, lines in jumps.items():
            own = [policy["spec"] for policy in policies if _applies(policy, pod, way)]
            if own:
                chain = f"{way.lower()}-{address.replace('.', '-')}"
                lines.append(f"{address} : jump {chain}")
                given = (rule for spec in own for rule in spec.get(way.lower()) or ())
                chains[chain] = [line for rule in given for line in _rule(rule, way, pod, there, labels)]
    return _BASE.format(
        out=_jump("saddr", jumps["Egress"]),
        in_=_jump("daddr", jumps["Ingress"]),
        chains="\n".join(
            f"  chain {name} {{ {' '.join(f'{line} return;' for line in lines)} drop; }}"
            for name, lines in chains.items()
        ),
    )


def _jump(field: str, jumps: list[str]) -> str:
    return f"ip {field} vmap {{ {', '.join(jumps)} }};" if jumps else ""


def _applies(policy: Mapping[str, Any], pod: Mapping[str, Any], way: str) -> bool:
    same = policy["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return same and way in policy["spec"]["policyTypes"] and _selects(policy["spec"]["podSelector"], _labels(pod))


def _labels(pod: Mapping[str, Any]) -> Mapping[str, str]:
    return pod["metadata"].get("labels", {})


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels") or {}
    for expression in selector.get("matchExpressions") or ():
        key, operator = expression["key"], expression["operator"]
        assert operator in ("Exists", "DoesNotExist"), operator
        if (key in labels) is not (operator == "Exists"):
            return False
    return all(labels.get(key) == value for key, value in wanted.items())


def _rule(
    rule: Mapping[str, Any], way: str, pod: Mapping[str, Any], pods: list[Any], labels: Mapping[str, Any]
) -> Iterator[str]:
    """Give what a rule of a pod's policy lets pass; a named port is what the one who is asked calls so."""
    field, key = ("saddr", "from") if way == "Ingress" else ("daddr", "to")
    peers = rule.get(key) or ()
    for peer in peers:
        if "ipBlock" in peer:
            without = "".join(f"ip {field} != {each} " for each in peer["ipBlock"].get("except", ()))
            yield from (f"ip {field} {peer['ipBlock']['cidr']} {without}{port}" for port in _ports(rule, pod))
    chosen = [each for each in pods if any(_is_peer(peer, pod, each, labels) for peer in peers)]
    for other in chosen:
        asked = pod if way == "Ingress" else other
        yield from (f"ip {field} {other['status']['podIP']} {port}" for port in _ports(rule, asked))
    if not peers:
        yield from _ports(rule, pod)


def _is_peer(
    peer: Mapping[str, Any], pod: Mapping[str, Any], other: Mapping[str, Any], labels: Mapping[str, Any]
) -> bool:
    if "ipBlock" in peer:
        return False
    namespace = other["metadata"]["namespace"]
    if "namespaceSelector" in peer:
        inside = _selects(peer["namespaceSelector"], labels[namespace])
    else:
        inside = namespace == pod["metadata"]["namespace"]
    return inside and _selects(peer.get("podSelector") or {}, _labels(other))


def _ports(rule: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    for port in rule["ports"]:
        protocol = port.get("protocol", "TCP")
        named = {
            (each.get("name"), each.get("protocol", "TCP")): each["containerPort"]
            for container in asked["spec"]["containers"]
            for each in container.get("ports", ())
        }
        number = port["port"] if isinstance(port["port"], int) else named.get((port["port"], protocol))
        if number is not None:
            yield f"{protocol.lower()} dport {number}"
