"""From files to models, with every fault of every file at its line and column."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field, replace
from os.path import realpath
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from sepp.config import platform_rules
from sepp.config.document import MANY, Document, read_entries
from sepp.config.errors import ConfigError, ConfigErrors
from sepp.config.file_rules import of_files
from sepp.config.findings import Finding
from sepp.config.mission import Mission, Model
from sepp.config.packages import of_packages
from sepp.config.platform import Platform
from sepp.config.rules import of_mission
from sepp.config.source import Text, decode, read, shown
from sepp.config.stack import read_settings
from sepp.config.tree import Mapping, compose
from sepp.config.users import HASH_WANTED, UsersFile
from sepp.config.wording import mend, new, report

__all__ = [
    "ConfigError",
    "ConfigErrors",
    "check",
    "load",
    "load_mission",
    "load_platform",
    "load_users",
    "parse_mission",
]

_MENDINGS = 100
"""After so many mendings of a file nobody gains from looking further."""

_Config = TypeVar("_Config", bound=Model)


@dataclass
class _Reading(Generic[_Config]):
    """What reading one file gave. With errors, `model` is a mended one that only serves to find more of them."""

    path: FilePath
    errors: list[ConfigError] = field(default_factory=list[ConfigError])
    document: Document | None = None
    model: _Config | None = None

    def judge(self, findings: Iterable[Finding]) -> None:
        """Note what rules found, unless it follows from a fault that is noted already."""
        for finding in findings:
            if self.document and not self.document.relies_on_broken(finding.path, *finding.about):
                self.document.report(finding.path, finding.message, at_key=finding.at_key)

    @property
    def good(self) -> _Config:
        """The model of a file without errors."""
        assert self.model is not None  # noqa: S101 - a file without a model has errors
        return self.model


def load(
    platform_path: FilePath, missions_dir: FilePath, *, packages: bool = False
) -> tuple[Platform, tuple[Mission, ...]]:
    """Load a platform and the missions that it names, in its order; ConfigErrors holds the faults of all files.

    With `packages` the operator's own software has to be on this machine as well.
    """
    (platform,), missions = check([platform_path], [], missions_dir, packages=packages)
    by_name = {mission.mission: mission for mission in missions}
    return platform, tuple(by_name[name] for name in platform.missions)


def check(
    platform_paths: Iterable[FilePath],
    mission_paths: Iterable[FilePath],
    missions_dir: FilePath,
    *,
    packages: bool = False,
) -> tuple[tuple[Platform, ...], tuple[Mission, ...]]:
    """Load platforms, missions, and the missions that the platforms name, each by itself and all together.

    ConfigErrors holds the faults of all files. `packages` as for `load`.
    """
    platforms = [_read_platform(path) for path in platform_paths]
    missions = {realpath(path): _read_mission(path) for path in mission_paths}
    known = {path.stem: path for path in sorted(missions_dir.glob("*.yaml"))}
    for platform in platforms:
        members = [name for name in (platform.model.missions if platform.model else ()) if name in known]
        for path in (known[name] for name in members):
            if realpath(path) not in missions:
                missions[realpath(path)] = _read_mission(path)
        _judge_platform(platform, {name: missions[realpath(known[name])] for name in members}, known)
    _judge_together(missions.values())
    for mission in missions.values():
        if packages and mission.model:
            mission.judge(of_packages(mission.model))
    _raise(*platforms, *missions.values())
    return tuple(each.good for each in platforms), tuple(each.good for each in missions.values())


def load_mission(path: FilePath) -> Mission:
    """Load one mission file; ConfigErrors holds its faults."""
    reading = _read_mission(path)
    _raise(reading)
    return reading.good


def parse_mission(text: str, path: FilePath) -> Mission:
    """Judge a mission's text as if it were that file, which need not exist; ConfigErrors holds its faults."""
    reading = _mission(path, decode(shown(path), text.encode()))
    _raise(reading)
    return reading.good


def load_platform(path: FilePath) -> Platform:
    """Load one stack file without its missions; ConfigErrors holds its faults."""
    reading = _read_platform(path)
    _raise(reading)
    return reading.good


def load_users(path: FilePath) -> UsersFile:
    """Load a file of users; ConfigErrors holds its faults, without the lines, which may hold passwords."""
    text = read(path)
    text = replace(text, **({"source_line": ""} if isinstance(text, ConfigError) else {"has_secrets": True}))
    reading = _reading(path, text, UsersFile, read_entries)
    _raise(reading)
    return reading.good


def _read_mission(path: FilePath) -> _Reading[Mission]:
    return _mission(path, read(path))


def _mission(path: FilePath, text: Text | ConfigError) -> _Reading[Mission]:
    reading = _reading(path, text, Mission, read_entries)
    if reading.model:
        reading.judge(of_mission(reading.model))
        reading.judge(of_files(reading.model, path))
    return reading


def _read_platform(path: FilePath) -> _Reading[Platform]:
    reading = _reading(path, read(path), Platform, read_settings)
    if reading.model:
        reading.judge(platform_rules.of_platform(reading.model, path.resolve()))
    return reading


def _reading(
    path: FilePath, text: Text | ConfigError, model: type[_Config], fill: Callable[[Document, Mapping], None]
) -> _Reading[_Config]:
    """Read a text as a model; `fill` puts what the model is made of into the document."""
    root = text if isinstance(text, ConfigError) else compose(text)
    if isinstance(text, ConfigError) or isinstance(root, ConfigError):
        return _Reading(path, [error for error in (text, root) if isinstance(error, ConfigError)][:1])
    document = Document(text, secrets={"password": HASH_WANTED} if text.has_secrets else {})
    fill(document, root)
    return _Reading(path, document.errors, document, _validated(document, model))


def _validated(document: Document, model: type[_Config]) -> _Config | None:
    """Validate a document and note all faults; it is mended until a model can be made of it."""
    for _ in range(_MENDINGS):
        try:
            return model.model_validate(document.root.data())
        except ValidationError as invalid:
            faults = invalid.errors(include_url=False)
        for fault in new(document, model, faults[: MANY + 1]):
            report(document, model, fault)
        if len(faults) > MANY:
            return None
        for fault in faults:
            mend(document, model, fault)
    return None


def _judge_together(readings: Iterable[_Reading[Mission]]) -> None:
    """Note what is wrong only because of other missions."""
    by_path = {str(reading.path): reading for reading in readings if reading.model}
    for path, finding in platform_rules.of_missions({path: reading.good for path, reading in by_path.items()}):
        by_path[path].judge([finding])


def _judge_platform(
    platform: _Reading[Platform], missions: Mapped[str, _Reading[Mission]], known: Iterable[str]
) -> None:
    """Note what is wrong with a platform because of its missions."""
    if platform.model:
        models = {name: reading.model for name, reading in missions.items() if reading.model and not reading.errors}
        platform.judge(platform_rules.of_members(platform.model, models, known))


def _raise(*readings: _Reading[Any]) -> None:
    errors = [error for reading in readings for error in reading.errors]
    if errors:
        raise ConfigErrors(errors)
