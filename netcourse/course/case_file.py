"""Reading a patient file with every mistake named at once: file, field, what is wrong, what is
allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from netcourse.assessment.keys.problems import did_you_mean
from netcourse.course.schemas import Schema, patient_schema
from netcourse.patients import Patient, archetypes, generate
from netcourse.patients.generator import from_rows, located
from netcourse.patients.toml_file import read_toml


def read_case(name: Path | str, seed: int = 0) -> Patient:
    """Return the patient of a TOML file or an archetype name.

    Raises ValueError with one line per mistake, and FileNotFoundError for what is neither file nor
    archetype.
    """
    path = Path(name)
    if seed < 0:
        raise ValueError(f"seed is {seed}; allowed is a whole number of 0 or more")
    if not path.is_file():
        if str(name) in archetypes():
            return generate(str(name), seed)
        near = did_you_mean(str(name), archetypes())
        raise FileNotFoundError(
            f"{name} is neither a file nor one of the course's patients{near}\nThey are:"
            f" {', '.join(archetypes())}"
        )
    try:
        rows = located(read_toml(path), path)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    if wrong := list(mistakes(rows)):
        raise ValueError("\n".join(f"{path.name}, {line}" for line in wrong))
    try:
        return from_rows(rows, path.stem, seed)
    except ValidationError as error:
        lines = [
            f"{_place(rows, e['loc'])}: {str(e['msg']).removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise ValueError("\n".join(f"{path.name}, {line}" for line in lines)) from None
    except KeyError as error:
        raise ValueError(
            f"{path.name}, history.story: {{{error.args[0]}}} cannot be filled in; allowed are"
            " {age} and {person}"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def mistakes(rows: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything in a patient file's rows that its schema forbids, as field and sentence.

    >>> for line in mistakes({"sex": "femal", "pathology": {"ki67_percent": 140}, "age": 60}):
    ...     if not line.endswith("is missing"): print(line)
    age: is no field here; did you mean age_y?
    pathology.ki67_percent: is 140; allowed is a number from 0 to 100
    sex: is 'femal'; allowed are female, male
    """
    from jsonschema import Draft202012Validator

    schema = patient_schema()
    for error in sorted(
        Draft202012Validator(schema).iter_errors(rows),
        key=lambda e: [str(step) for step in e.absolute_path],
    ):
        yield from _in_words(error, rows, schema)


def _in_words(error: Any, rows: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    path, given, rule = list(error.absolute_path), error.instance, error.validator
    if rule == "required":
        missing = [name for name in error.validator_value if name not in given]
        # One error stands for one missing field; jsonschema reports each by itself.
        name = next(name for name in missing if f"'{name}'" in error.message)
        yield f"{_place(rows, [*path, name])}: is missing"
    elif rule == "additionalProperties":
        known = list(error.schema["properties"])
        for name in sorted(set(given) - set(known)):
            tail = did_you_mean(name, known) or f"; allowed are {', '.join(known)}"
            yield f"{_place(rows, [*path, name])}: is no field here{tail}"
    elif rule == "anyOf" and isinstance(given, dict | list):
        wanted = "object" if isinstance(given, dict) else "array"
        inner = [
            below
            for below in error.context
            if error.schema["anyOf"][below.schema_path[0]].get("type") == wanted
        ]
        if inner:
            for below in inner:
                yield from _in_words(below, rows, schema)
        else:
            yield (
                f"{_place(rows, path)}: is {_short(given)}; allowed {allowed(error.schema, schema)}"
            )
    elif rule == "oneOf":
        yield (
            f"{_place(rows, path)}: give its uptake in exactly one way: ssr_suv, ssr_suv_max or"
            " ssr_times"
        )
    else:
        yield f"{_place(rows, path)}: is {_short(given)}; allowed {allowed(error.schema, schema)}"


def allowed(row: Schema, schema: Schema) -> str:
    """Say what a field may hold, from its part of the schema.

    >>> allowed({"type": "number", "minimum": 0, "maximum": 100}, {})
    'is a number from 0 to 100'
    """
    if "$ref" in row:
        row = schema["$defs"][row["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in row:
        return allowed(
            next(choice for choice in row["anyOf"] if choice.get("type") != "null"), schema
        )
    if "const" in row:
        return f"is {row['const']}"
    if "enum" in row:
        return f"are {', '.join(map(str, row['enum']))}"
    kind = {
        "number": "a number",
        "integer": "a whole number",
        "string": "text in quotes",
        "boolean": "true or false",
        "array": "a list",
    }
    words = f"is {kind.get(row.get('type', ''), 'a table')}"
    low, high, above = row.get("minimum"), row.get("maximum"), row.get("exclusiveMinimum")
    if low is not None and high is not None:
        return f"{words} from {low:g} to {high:g}"
    if above is not None or low is not None:
        return f"{words} above {above:g}" if above is not None else f"{words} of {low:g} or more"
    if "minItems" in row:
        return (
            f"{words} of {row['minItems']} or more"
            if "maxItems" not in row
            else f"{words} of {row['minItems']}"
        )
    return (
        f"{words} that starts with a letter, then letters, digits and _"
        if "pattern" in row
        else words
    )


def _place(rows: Mapping[str, Any], path: Any) -> str:
    """Name a field as its author sees it: lesions by their id, not by their number."""
    here: Any = rows
    words: list[str] = []
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = {}
        if isinstance(step, int):
            id = here.get("id") if isinstance(here, dict) else None
            words.append(
                f"{words.pop().rstrip('s') if words else 'entry'}"
                f" {id if isinstance(id, str) else step + 1}, "
            )
        else:
            words.append(f"{'' if not words or words[-1].endswith(', ') else '.'}{step}")
    return "".join(words).removesuffix(", ") or "file"


def _short(value: Any) -> str:
    text = (
        f"'{value}'"
        if isinstance(value, str)
        else "a table"
        if isinstance(value, dict)
        else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "…"
