"""The JSON schemas of the files that people write: patient, exercise, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from netcourse.evidence import figures
from netcourse.patients import Patient, places

Schema = dict[str, Any]


def patient_schema() -> Schema:
    """Return the schema of a patient file as an author writes it: the `Patient` model plus what the
    seed draws.

    >>> sorted(patient_schema()["$defs"]["Lesion"]["properties"])[-3:]
    ['ssr_suv', 'ssr_suv_max', 'ssr_times']
    """
    schema = deepcopy(Patient.model_json_schema())
    defs = schema["$defs"]
    for drawn in ("id", "seed"):  # the file's name and the learner's seed give these
        schema["properties"].pop(drawn, None)
    schema["required"] = [name for name in schema["required"] if name != "id"]
    schema["properties"] |= {
        "ssr": {"$ref": "#/$defs/OrganUptake"},
        "earlier_ssr": {"$ref": "#/$defs/OrganUptake"},
        "fdg": {"$ref": "#/$defs/OrganUptake"},
        "lesions": {"type": "array", "items": {"$ref": "#/$defs/Lesion"}},
        "scatter": {"type": "array", "items": {"$ref": "#/$defs/Scatter"}},
    }
    organs = dict.fromkeys((id.split(".")[1] for id in figures("uptake")), _SUV)
    tracer, days_ago = (defs["OrganUptake"]["properties"][name] for name in ("tracer", "days_ago"))
    defs["OrganUptake"] = {
        "type": "object",
        "description": "SUV of normal organs; an organ left out takes the usual value.",
        "properties": {"tracer": tracer, "days_ago": days_ago, **organs},
        "additionalProperties": False,
    }
    lesion = defs["Lesion"]
    place = {"type": "string", "enum": list(places())}
    lesion["properties"] |= {
        "place": {"anyOf": [place, {"type": "array", "items": place, "minItems": 1}]},
        "ssr_suv_max": {**_SUV, "description": "SUVmax as read, in place of ssr_suv"},
        "ssr_times": _times(
            organs, ["of", "low"], "SUVmax as read relative to an organ, in place of ssr_suv"
        ),
        "fdg_suv_max": {
            **_SUV,
            "description": "SUVmax as read on the FDG scan, in place of fdg_suv",
        },
        "fdg_times": _times(
            organs,
            ["of", "low"],
            "SUVmax as read relative to an organ on the FDG scan, in place of fdg_suv",
        ),
    }
    lesion["properties"].pop("truth")
    lesion["properties"]["nature"] = defs.pop("Truth")["properties"]["nature"] | {
        "description": "What it truly is: for pictures and debrief, no rule sees it."
    }
    point: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    lesion["properties"]["offset"] = point
    side = defs["CloneB"]["properties"]["side"]
    side["anyOf"] = [point, {"type": "array", "items": point, "minItems": 1}, {"type": "null"}]
    lesion["required"] = [name for name in lesion["required"] if name != "ssr_suv"]
    lesion["oneOf"] = [{"required": [name]} for name in ("ssr_suv", "ssr_suv_max", "ssr_times")]
    span = {
        "type": "object",
        "properties": {"low": _ABOVE_0, "high": _ABOVE_0},
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    defs["Scatter"] = {
        "type": "object",
        "description": "Many lesions of one kind, named by id and number, spread over the places.",
        "properties": {
            "id": lesion["properties"]["id"],
            "place": {"type": "array", "items": place, "minItems": 1},
            "count": span
            | {"properties": {"low": {"type": "number", "minimum": 0}, "high": _ABOVE_0}},
            "size_mm": span,
            "ssr_times": _times(
                organs, ["of", "low", "high"], "SUVmax as read relative to an organ"
            ),
            "fdg_times": _times(organs, ["of", "low", "high"], "the same on the FDG scan"),
            "pattern": lesion["properties"]["pattern"],
            "seeded": {
                "type": "boolean",
                "description": "Whether seed 0, the file as written, has none of them.",
            },
        },
        "required": ["id", "place", "count", "size_mm", "ssr_times", "pattern"],
        "additionalProperties": False,
    }
    for part in (schema, *(table for name, table in defs.items() if name != "Scatter")):
        part["properties"] = {name: _or_range(row) for name, row in part["properties"].items()}
    return {
        "$schema": _DRAFT,
        "title": "Patient file",
        **{key: row for key, row in schema.items() if key != "title"},
    }


def schema_of(name: str) -> Schema:
    """Return the schema of that name; ValueError names those there are."""
    if name not in SCHEMAS:
        raise ValueError(f"there is no schema '{name}'; there are {', '.join(SCHEMAS)}")
    return {"$schema": _DRAFT, **SCHEMAS[name]()}


def _exercise() -> Schema:
    from netcourse.assessment import exercise_schema

    return dict(exercise_schema())


def _answers() -> Schema:
    from netcourse.assessment import answers_schema

    return dict(answers_schema())


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "patient": patient_schema,
    "exercise": _exercise,
    "answers": _answers,
}

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SUV: Schema = {"type": "number", "minimum": 0, "maximum": 200}
_ABOVE_0: Schema = {"type": "number", "exclusiveMinimum": 0}


def _times(organs: Mapping[str, Schema], required: list[str], about: str) -> Schema:
    limits = {"of": {"type": "string", "enum": list(organs)}, "low": _ABOVE_0, "high": _ABOVE_0}
    return {
        "type": "object",
        "description": about,
        "properties": limits,
        "required": required,
        "additionalProperties": False,
    }


def _or_range(row: Schema) -> Schema:
    """Let a number be a range from which the seed draws; whole numbers are typed."""
    choices = row.get("anyOf", [row])
    number = next((choice for choice in choices if choice.get("type") == "number"), None)
    if number is None:
        return row
    limits = {key: number[key] for key in number if key == "type" or key.endswith("imum")}
    drawn = {
        "type": "object",
        "properties": {"low": limits, "high": limits},
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    told: Schema = {key: row[key] for key in ("description", "title") if key in row}
    return told | {"anyOf": [limits, drawn]}
