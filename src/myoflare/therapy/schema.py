"""What a schema finds wrong with a document, as one sentence with file, line, key and what to try."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from myoflare.base.errors import MyoflareError, TherapyError
from myoflare.store import suggest
from myoflare.store.document import Document, spell


class Strict(BaseModel):
    """A record of a document: unknown keys, numbers as text and infinities are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


Schema = TypeVar("Schema", bound=Strict)


def read_as(
    schema: type[Schema], data, document: Document, path: tuple = (), error: type[MyoflareError] = TherapyError
) -> Schema:
    """``data``, found at ``path`` of ``document``, as ``schema``. Raises ``error`` for the first fault in the text."""
    if not isinstance(data, Mapping):
        raise error(document.where(*path), _short(data), "a mapping of keys to values")
    try:
        return schema.model_validate(dict(data))
    except ValidationError as fault:
        raise error(*_sentence(fault, schema, document, path)) from None


def _sentence(fault, schema, document, prefix):
    """Where, what came, what was expected and, for an unknown key, what to try."""
    faults = [f for f in fault.errors() if f["type"] == "extra_forbidden"] or fault.errors()
    first = min(faults, key=lambda e: document.lines.get((*prefix, *e["loc"]), 10**6))
    path = (*prefix, *(p for p in first["loc"] if p != "[key]"))
    name = _last(path)
    if first["type"] == "extra_forbidden":
        outer = len(path) == len(prefix) + 1  # of a record within, the keys are not at hand
        known = [f.alias or key for key, f in schema.model_fields.items()] if outer else []
        return document.where(*path), f"unknown key {name!r}", "a key of the schema", suggest(name, known)
    if first["type"] == "missing":
        return document.where(*path[:-1]), f"the key {name!r} is missing", f"a value for {name!r}"
    while len(path) > len(prefix) + 1 and path not in document.lines:
        path = path[:-1]  # what the schema adds of its own, where it allows two kinds of value
    name = _last(path)
    return document.where(*path), f"{_short(first['input'])} for {name!r}", _expected(first)


def _last(path):
    """The last key of a path, with the number of the item in it: ``days[0]``."""
    at = max((i for i, key in enumerate(path) if isinstance(key, str)), default=None)
    return spell(path[at:]) if at is not None else "the document"


def _expected(first):
    context = first.get("ctx", {})
    return {
        "greater_than_equal": f"a number of at least {context.get('ge', 0):g}",
        "greater_than": f"a number above {context.get('gt', 0):g}",
        "less_than_equal": f"a number of at most {context.get('le', 0):g}",
        "float_type": "a number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "bool_type": "true or false",
        "finite_number": "a finite number",
        "string_type": "text; a number takes a unit or quotes",
        "list_type": "a list",
        "dict_type": "a mapping of keys to values",
        "model_type": "a mapping of keys to values",
        "literal_error": str(context.get("expected", "")),
        "string_pattern_mismatch": "letters, digits, '_', '-' and '.', beginning with a letter or digit",
        "string_too_long": f"at most {context.get('max_length')} letters",
        "string_too_short": "at least one letter",
        "too_short": "at least one",
    }.get(first["type"], first["msg"][:1].lower() + first["msg"][1:])


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
