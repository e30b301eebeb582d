"""The models: every field is described, every pattern has words, every example is right."""

import re
import time
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sepp.config.fields import bare, example, example_of, model_of
from sepp.config.mission import Mission
from sepp.config.platform import Platform
from sepp.config.text import WANTED
from sepp.config.units import Duration, Size


def below(model: type[BaseModel]) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        kind = bare(field.annotation)
        for inner in (kind, *(get_args(kind) if get_origin(kind) in (dict, tuple) else ())):
            if each := model_of(inner):
                found |= below(each)
    return found


MODELS = sorted(below(Mission) | below(Platform), key=lambda model: model.__name__)
FIELDS = [(model, name, field) for model in MODELS for name, field in model.model_fields.items()]
IDS = [f"{model.__name__}.{name}" for model, name, _ in FIELDS]


def tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuples(item) for item in value)
    return {key: tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


def test_there_are_models_of_both_files():
    assert {"Mission", "Platform", "Limits", "Workflow", "Certificate"} <= {model.__name__ for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_models_are_strict(model: type[BaseModel]):
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("strict") is True
    assert model.model_config.get("frozen") is True
    assert model.__doc__


@pytest.mark.parametrize(("model", "name", "field"), FIELDS, ids=IDS)
def test_fields_are_described(model: type[BaseModel], name: str, field: FieldInfo):
    assert field.title
    assert field.description
    assert field.description.endswith(".")


@pytest.mark.parametrize(("model", "name", "field"), FIELDS, ids=IDS)
def test_examples_are_right(model: type[BaseModel], name: str, field: FieldInfo):
    value = example(field)
    assert value is not None
    model.model_validate(tuples(example_of(model) | {name: value}))


@pytest.mark.parametrize(("model", "name", "field"), FIELDS, ids=IDS)
def test_numbers_have_units(model: type[BaseModel], name: str, field: FieldInfo):
    if bare(field.annotation) is not int:
        return
    units = [set(map(repr, get_args(kind)[1:])) for kind in (Size, Duration)]
    written_with_unit = any(unit <= set(map(repr, field.metadata)) for unit in units)
    assert written_with_unit or name == "port" or "(count)" in (field.description or "")


def patterns(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["pattern"]} if isinstance(value.get("pattern"), str) else set[str]()
        return found.union(*(patterns(item) for item in value.values()), value.get("patternProperties", {}))
    return set[str]().union(*(patterns(item) for item in value)) if isinstance(value, list) else set()


def test_patterns_have_words():
    used = patterns(Mission.model_json_schema()) | patterns(Platform.model_json_schema())
    with_own_words = {pattern for pattern in used if "GiB" in pattern or "min" in pattern or pattern == r"^\d{1,9}$"}
    assert used - with_own_words <= set(WANTED)


@pytest.mark.parametrize("pattern", WANTED)
def test_patterns_take_whole_texts_quickly(pattern: str):
    for start in ("a", "A", "0", "a.", "a-", "/a", "https://a", "a/", "a@a", "a:/", "1.", "0@", "a==1,", "a>=1, "):
        for end in ("", "\n", "!", " ", "/../x", "é"):
            text = start + "a-.1/"[len(start) % 5] * 4000 + end
            began = time.perf_counter()
            matched = re.search(pattern, text)
            assert time.perf_counter() - began < 1
            assert not (matched and end == "\n")
