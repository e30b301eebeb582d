"""Generated missions for tests and benchmarks."""

from pathlib import Path

TEXT = """\
# yaml-language-server: $schema=../infra/sepp/config/mission.schema.json
mission: {name}
title: Generated mission {number}
use_case: GEN-{number:04}
actors:
  team: {{groups: [{name}-team], reads: [all], may: [publish], limits: {{cpu: 4, memory: 16 GiB}}}}
  public: {{groups: [everyone], reads: [maps]}}
storage:
  repository:
    source: {{directory: /srv/missions/{name}}}
    collections:
      maps: {{path: maps, description: Maps}}
      raw: {{path: raw, description: Raw data}}
  persistent: {{quota: 100 GiB}}
  scratch: {{quota: 1 TiB, purge_after: 30 d}}
  public: {{quota: 50 GiB}}
  shares:
    papers: {{groups: [{name}-team], quota: 100 GiB}}
interactive:
  kernels: [{kernels}]
  packages: {{python: [{packages}]}}
  desktop: [topcat]
"""


def write_missions(
    folder: Path, count: int, *, kernels: str = "python, r, octave, gdl", packages: str = "healpy, astropy"
) -> list[str]:
    """Write `count` mission files and return the missions' names."""
    names = [f"m{number:04}" for number in range(count)]
    for number, name in enumerate(names):
        text = TEXT.format(name=name, number=number, kernels=kernels, packages=packages)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return names
