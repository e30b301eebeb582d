"""Measures what docs/performance.md reports, and writes it: `python -m tests.bench [--no-platform]`.

Figures depend on the machine: compare the ratios. The platform of the benchmarks is `local/test`, as in the tests.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import in_cluster
from tests.generate import write_missions
from tests.platform import NAME, ROOT, Platform, archive_of

PAGE = ROOT / "docs/performance.md"
BARE_HUB = Path(__file__).with_name("bare_hub.py")
_MANY = """
import sys, time
from pathlib import Path
from sepp.config.load import load_mission
from sepp.config.platform import Platform
from sepp.plan import plan
from sepp.report.changes import summary
started = time.monotonic()
missions = [load_mission(path) for path in sorted(Path(sys.argv[1]).glob('*.yaml'))]
checked = time.monotonic()
names = tuple(mission.mission for mission in missions)
platform = Platform.model_validate({'domain': 'bench.localhost', 'missions': names})
summary(plan(platform, missions, name='bench', target='local'))
print(checked - started, time.monotonic() - checked)
"""


def seconds(action: Callable[[], object]) -> float:
    """Time an action (seconds)."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def thousand_missions() -> dict[str, float]:
    """Time loading with all checks, and planning, of 1,000 generated missions (seconds)."""
    with tempfile.TemporaryDirectory() as folder:
        write_missions(Path(folder), 1000)
        command = [sys.executable, "-c", _MANY, folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    return {"1,000 missions: check": float(printed[0]), "1,000 missions: plan": float(printed[1])}


def previews() -> dict[str, float]:
    """Time the tests that register generated missions on OpenStack and Kubernetes by mocks (seconds)."""

    def preview(target: str, count: int) -> None:
        test = f"tests/infra/{target}/test_graph.py::test_platforms_grow_linearly[{count}]"
        subprocess.run([sys.executable, "-m", "pytest", "--quiet", test], check=True, capture_output=True, cwd=ROOT)

    return {
        f"preview, {count} missions on {target}, by mocks": seconds(lambda t=target, n=count: preview(t, n))
        for target in ("openstack", "kubernetes")
        for count in (10, 100)
    }


def plain_ansible() -> None:
    """Run the playbook on the same hosts by plain ansible-playbook, all roles."""
    with tempfile.TemporaryDirectory() as folder:
        inventory = Path(folder, "test.platform.yml")
        inventory.write_text(f"plugin: sepp.kit.platform\nplatform: {NAME}\n", encoding="utf-8")
        subprocess.run(
            ["ansible-playbook", "-i", str(inventory), "playbooks/site.yml", "-e", "sepp_full=true"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )


def memory(platform: Platform) -> dict[str, float]:
    """Give the idle memory of each service's unit (MiB, resident, all its processes)."""
    code = (
        "import json, pathlib, re\n"
        "units = {}\n"
        "for p in pathlib.Path('/proc').glob('[0-9]*'):\n"
        "    try:\n"
        "        unit = re.findall(r'/([^/]+\\.service)', (p / 'cgroup').read_text())\n"
        "        kib = re.search(r'VmRSS:\\s+(\\d+)', (p / 'status').read_text())\n"
        "    except OSError: continue\n"
        "    if unit and kib: units[unit[-1]] = units.get(unit[-1], 0) + int(kib[1]) / 1024\n"
        "print(json.dumps(units))"
    )
    figures: dict[str, float] = {}
    for host in platform.deployment.hosts:
        units = json.loads(platform.run(host.name, "python3", "-", stdin=code).stdout)
        figures |= {f"idle memory: {host.name}/{unit}": size for unit, size in units.items() if size > 10}
    return figures


def bare_hub(platform: Platform) -> float:
    """Time a JupyterHub without the kit around it, on the mission's host (seconds)."""
    ended = platform.run("planck", "/opt/sepp/hub/bin/python", "-", stdin=BARE_HUB.read_text(encoding="utf-8"))
    return float(ended.stdout)


@contextmanager
def generated_missions(count: int) -> Iterator[list[str]]:
    """Missions of one kernel among the mission files of the checkout, with their archives; taken away in the end."""
    folder = ROOT / "mission_configs"
    names = write_missions(folder, count, kernels="python", packages="")
    try:
        with ExitStack() as archives:
            for name in names:
                archives.enter_context(archive_of(name))
            yield names
    finally:
        for name in names:
            (folder / f"{name}.yaml").unlink()


def eleventh_mission() -> dict[str, float]:
    """Make a platform of ten missions, and time it and one mission more (seconds)."""
    with tempfile.TemporaryDirectory() as folder, generated_missions(11) as names:
        platform = Platform(Path(folder))
        try:
            return {
                "up, ten missions": seconds(lambda: platform.up(*names[:10])),
                "up, an eleventh mission": seconds(lambda: platform.up(*names)),
            }
        finally:
            platform.destroy()


def platform_figures() -> dict[str, float]:
    """Make a platform, and time what operators and users wait for (seconds; memory in MiB)."""
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder))
        try:
            figures = {
                "up, images cached": seconds(platform.up),
                "drift, all roles of all hosts": seconds(lambda: platform.sepp("drift", NAME)),
                "plain ansible-playbook, no change": seconds(plain_ansible),
                "up, no change": seconds(lambda: platform.sepp("up", "--yes", NAME)),
            }
            platform.add_users()
            figures["sign-in to ready notebook"] = seconds(lambda: platform.server("alice").__enter__())
            figures["sign-in to ready notebook, bare JupyterHub on the same host"] = bare_hub(platform)
            figures |= memory(platform)
            with archive_of("gssc"):
                figures["up, a second mission"] = seconds(lambda: platform.up("planck", "gssc"))
        finally:
            platform.destroy()
    return figures


def main() -> None:
    """Measure, print and write the page."""
    figures = thousand_missions() | previews() | in_cluster.figures()
    if "--no-platform" not in sys.argv:
        figures |= platform_figures() | eleventh_mission()
    rows = [f"| {name} | {value:.1f} |" for name, value in figures.items()]
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    head = text.split("<!-- figures -->")[0] or "# Performance\n\n"
    lines = [f"{head}<!-- figures -->", "| what | s, MiB |", "|---|---|", *rows, ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
