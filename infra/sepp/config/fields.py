"""Looking things up in the models: which field a path leads to, and an example of what it takes."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sepp.config.tree import Path


def bare(annotation: Any) -> Any:
    """Strip a type of its metadata and of `None`: `Annotated[str, ...] | None` -> str."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare(get_args(annotation)[0])
    if origin in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return bare(kinds[0]) if len(kinds) == 1 else annotation
    return annotation


def model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a type is, None for all other types."""
    kind = bare(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def below(annotation: Any, step: str | int) -> Any:
    """Return the type that a key or an index of a type's value has, None if there is none."""
    if model := model_of(annotation):
        field = model.model_fields.get(str(step))
        return field.annotation if field else None
    kind = bare(annotation)
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    return get_args(kind)[1] if get_origin(kind) is dict else None


def type_at(model: type[BaseModel], path: Path) -> Any:
    """Return the type of the value at a path, None if the path leads nowhere."""
    kind: Any = model
    for step in path:
        kind = below(kind, step)
    return kind


def choices(annotation: Any) -> tuple[str, ...]:
    """Return the words that a type allows, if it allows only some."""
    kind = bare(annotation)
    return get_args(kind) if get_origin(kind) is Literal else ()


def example(field: FieldInfo) -> Any:
    """Return an example of a field's value; that of a model is made of the fields which it requires."""
    if field.examples:
        return field.examples[0]
    if model := model_of(field.annotation):
        return example_of(model)
    kind = bare(field.annotation)
    item = get_args(kind)
    if get_origin(kind) is dict and (model := model_of(item[1])):
        return {"name": example_of(model)}
    if get_origin(kind) is tuple and (model := model_of(item[0])):
        return [example_of(model)]
    return None


def example_at(model: type[BaseModel], path: Path) -> Any:
    """Return an example of the value at a path: its field's, or a part of that; None if there is none."""
    kind: Any = model
    value: Any = None
    for step in path:
        if owner := model_of(kind):
            field = owner.model_fields.get(str(step))
            value = example(field) if field else None
        elif isinstance(value, dict | list):
            parts: list[Any] = list(value.values() if isinstance(value, dict) else value)  # pyright: ignore
            value = parts[0] if parts else None
        kind = below(kind, step)
    return value


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return an example of a model with the fields that it requires."""
    return {name: example(field) for name, field in model.model_fields.items() if field.is_required()}


def flow(value: Any) -> str:
    """Write a value as YAML in one line."""
    text: str = yaml.safe_dump([value], default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True)
    return text.strip()[1:-1]
