"""The outcome of checks, as one table and as JUnit XML."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check: `group` is what it belongs to, `detail` says what was found, `seconds` how long it took."""

    group: str
    name: str
    passed: bool
    detail: str
    seconds: float


class CheckError(Exception):
    """A check found something else than what the plan says; the text is for the operator."""


def check(group: str, name: str, probe: Callable[[], str]) -> Result:
    """Run a probe, which returns what it saw, and turn `CheckError` into a result that did not pass."""
    started = time.monotonic()
    try:
        detail, passed = probe(), True
    except CheckError as failure:
        detail, passed = str(failure), False
    return Result(group=group, name=name, passed=passed, detail=detail, seconds=time.monotonic() - started)


def write_junit(results: Iterable[Result], path: Path) -> None:
    """Write the results as JUnit XML (the form that Jenkins, GitLab and GitHub read): one suite a group."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.group, []).append(result)
    root = ElementTree.Element("testsuites", name="sepp verify")
    for group, members in groups.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=group,
            tests=str(len(members)),
            failures=str(sum(not member.passed for member in members)),
            time=f"{sum(member.seconds for member in members):.3f}",
        )
        for member in members:
            case = ElementTree.SubElement(
                suite, "testcase", classname=group, name=member.name, time=f"{member.seconds:.3f}"
            )
            if not member.passed:
                ElementTree.SubElement(case, "failure", message=member.detail)
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
