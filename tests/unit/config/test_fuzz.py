"""Broken in every way that chance finds: never a traceback, always a file, a line and words for people.

`SEPP_FUZZ_EXAMPLES` is the number of examples of each test.
"""

import copy
import os
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sepp.config.load import ConfigErrors, load_mission, load_platform

ROOT = Path(__file__).parents[3]
MISSIONS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "mission_configs").glob("*.yaml"))]
PLATFORM = (ROOT / "stacks/local/Pulumi.demo.yaml").read_text(encoding="utf-8") + (
    "  sepp:sizes: {core: {cpu: 4, memory: 8 GiB}}\n"
    "  sepp:local: {subnet: 10.89.0.0/24, address: 127.0.0.1, volume_size: 20 GiB}\n"
    "  sepp:tls: {given: {certificate: /etc/chain.pem, key: /etc/key.pem}}\n"
)
MANY = settings(
    max_examples=int(os.environ.get("SEPP_FUZZ_EXAMPLES", "300")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = ["NO", "on", "1e3", "0o17", "017", "0x1f", ".inf", "2026-01-01", "1:30", "null", "true"]
SNIPPETS = st.one_of(
    st.sampled_from("\t\r\0\ufeff\x85\u2028\U0001f680\n&*?-:{}[]\"'|>#%@`~="),
    st.sampled_from(
        ["&a ", "*a", "<<: ", "!!str ", "- ", ": ", "\r\n", "---\n", "...\n", "  ", "9" * 5000, "a" * 5000]
    ),
    st.sampled_from(WORDS),
)


def judge(path: Path, content: bytes, load: Any) -> None:
    path.write_bytes(content)
    try:
        load(path)
    except ConfigErrors as errors:
        assert errors.errors
        for error in errors:
            lines = content.decode("utf-8", "replace").split("\n")
            assert 1 <= error.line <= len(lines), error
            assert 1 <= error.column <= len(lines[error.line - 1]) + 1, error
            assert error.message
            assert str(error).startswith(f"{error.file}:{error.line}:{error.column}: ")
            for word in ("Traceback", "pydantic", "Input should", "NoneType", "object at 0x"):
                assert word not in str(error)


@st.composite
def mutated_text(draw: st.DrawFn, texts: list[str]) -> bytes:
    """A real file with pieces cut out, doubled, moved and put in."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        piece = draw(st.one_of(st.just(""), SNIPPETS, st.just(text[start:end] * 2), st.text(max_size=5)))
        text = text[:start] + piece + text[end:]
    content = text.encode("utf-8", "replace")
    if draw(st.booleans()):
        return content
    place = draw(st.integers(0, len(content)))
    return content[:place] + draw(st.binary(max_size=3)) + content[place:]


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(), st.binary(max_size=4),
        st.sampled_from(["all", "everyone", "planck", "8 GiB", "1 d", "a/../b", "/", "core", "observer", "early"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """All containers of a structure with each of their keys."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [place for item in value.values() for place in places(item)]
    if isinstance(value, list):
        return [(value, index) for index in range(len(value))] + [place for item in value for place in places(item)]
    return []


@st.composite
def mutated_structure(draw: st.DrawFn, texts: list[str]) -> bytes:
    """A real file with values exchanged, removed, renamed and doubled."""
    data = yaml.safe_load(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(1, 5))):
        found = places(data)
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["replace", "remove", "rename", "swap", "wrap"])):
            case "replace":
                container[key] = draw(VALUES)
            case "remove":
                del container[key]
            case "rename" if isinstance(container, dict):
                name = str(key)
                cut = draw(st.integers(0, len(name)))
                container[name[:cut] + draw(st.text(max_size=2)) + name[cut + 1 :]] = container.pop(key)
            case "swap":
                other, there = draw(st.sampled_from(found))
                container[key] = copy.deepcopy(other[there])
            case _:
                container[key] = [container[key]]
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


@MANY
@given(content=mutated_text(MISSIONS))
def test_text_of_missions(content: bytes, tmp_path: Path):
    judge(tmp_path / "planck.yaml", content, load_mission)


@MANY
@given(content=mutated_structure(MISSIONS))
def test_structure_of_missions(content: bytes, tmp_path: Path):
    judge(tmp_path / "planck.yaml", content, load_mission)


@MANY
@given(content=mutated_text([PLATFORM]))
def test_text_of_platforms(content: bytes, tmp_path: Path):
    judge(tmp_path / "Pulumi.demo.yaml", content, load_platform)


@MANY
@given(content=mutated_structure([PLATFORM]))
def test_structure_of_platforms(content: bytes, tmp_path: Path):
    judge(tmp_path / "Pulumi.demo.yaml", content, load_platform)


@MANY
@given(content=st.binary(max_size=300))
def test_anything(content: bytes, tmp_path: Path):
    judge(tmp_path / "planck.yaml", content, load_mission)
