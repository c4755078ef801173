"""Reading an exercise from its TOML page, with every mistake named at once: file, item, field, what
is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from netcourse.assessment.exercise.item import Item, Row, no_evidence
from netcourse.assessment.exercise.kinds import KINDS
from netcourse.assessment.exercise.kinds.choice import ChoiceItem
from netcourse.assessment.exercise.model import Case, Exercise
from netcourse.assessment.keys.expressions import ExpressionError, parse
from netcourse.assessment.keys.problems import ExerciseError, Problem, did_you_mean, in_words
from netcourse.assessment.keys.registry import check_expression
from netcourse.assessment.keys.truth import (
    PLACEHOLDER,
    Positions,
    Truth,
    check_placeholders,
    draw_truth,
    placeholder,
)
from netcourse.evidence.own import EXERCISES, LOCAL, is_own, own_folder, own_pages
from netcourse.patients import archetypes
from netcourse.patients.toml_file import read_toml

_TITLE = 110  # leaves room for the mark of what is local
NESTED = ("options", "reasons")  # the lists of an item whose rows are tables of their own


def load_exercise(path: Path | str) -> Exercise:
    """Read an exercise file.

    Raises ExerciseError, a ValueError, that lists every mistake as file, item, field and what is
    allowed, and FileNotFoundError.
    """
    path = Path(path)
    try:
        rows = read_toml(path)
    except ValueError as error:
        raise ExerciseError([Problem(path.name, "", "", str(error))]) from None
    if is_own(path) and isinstance(title := rows.get("title"), str):
        rows["title"] = f"{title[:_TITLE]} ({LOCAL})"
    return read_exercise(rows, path.name, path.resolve().parent)


def find_exercise(name: Path | str, folder: Path | str | None = None) -> Path:
    """Return the file of an exercise: a path as it is, an id looked up in `folder` or the course's
    own folders.

    Raises FileNotFoundError that says where it looked.
    """
    given = Path(name)
    if given.suffix == ".toml":
        return given if folder is None or given.is_file() else Path(folder) / given
    here = Path.cwd()
    places = (
        [Path(folder)]
        if folder is not None
        else [here, *_own(), *(up / "exercises" for up in (here, *here.parents)), *_shipped()]
    )
    for place in places:
        if (found := place / f"{name}.toml").is_file():
            return found
    known = sorted({file.stem for place in places for file in place.glob("[0-9]*.toml")})
    raise FileNotFoundError(
        f"no exercise '{name}'{did_you_mean(str(name), known)}; looked for {name}.toml in"
        f" {places[0]} and the course's exercises"
    )


def course_exercises(folder: Path | str | None = None) -> list[Path]:
    """Return all exercise files of `folder`, or of the course and of the institution's own folder
    over it, in the order of their names.

    >>> "03_krenning" in [path.stem for path in course_exercises()]
    True
    """
    places = _shipped() if folder is None else (Path(folder),)
    found = next((pages for place in places if (pages := sorted(place.glob("*.toml")))), [])
    if folder is not None:
        return found
    by_name = {path.name: path for path in (*found, *own_pages(EXERCISES))}
    return [by_name[name] for name in sorted(by_name)]


def _own() -> list[Path]:
    folder = own_folder()
    return [folder / EXERCISES] if folder else []


def _shipped() -> tuple[Path, Path]:
    """Where the course's own exercises lie: in the wheel, in the checkout."""
    package = Path(__file__).resolve().parents[2]
    return package / "course" / "exercises", package.parent / "exercises"


def check_exercise(
    exercise: Exercise, variants: int = 25, positions: Positions | None = None, points: bool = True
) -> list[Problem]:
    """Work out every key and text on that many variants and return what fails on any; empty when
    all is well.

    Loading checks each exercise on one variant; this is the long check for authors and tests.
    `points` false leaves `point` items out, which need the scanner.
    """
    found: dict[Problem, None] = {}
    for seed in range(variants):
        for item in exercise.items:
            found.update(
                dict.fromkeys(
                    _tried(item, exercise.truth(item, seed, positions), exercise.id, points)
                )
            )
    return list(found)


def read_exercise(
    rows: Mapping[str, Any], file: str = "exercise", folder: Path | None = None
) -> Exercise:
    """Build an exercise from the rows of its page; ExerciseError as in `load_exercise`.

    `folder` is where patient files of the author's own lie; without it there are none.
    """
    raw_items = rows["items"] if isinstance(rows.get("items"), list) else []
    raw_cases = rows["cases"] if isinstance(rows.get("cases"), list) else []
    lesions = dict(_lesions_of(raw_cases, folder))
    problems = [*_head_problems(rows, file), *_case_problems(raw_cases, file, folder)]
    items = []
    for i, row in enumerate(raw_items):
        item, found = _read_item(row, lesions)
        problems += [
            Problem(file, _part("item", row, i), field, text)
            for field, text in dict.fromkeys([*found, *_twice(raw_items, i)])
        ]
        if item is not None and (wrong := _no_objective(item, rows)):
            problems.append(Problem(file, _part("item", row, i), "objective", wrong))
        items.append(item)
    if problems:
        raise ExerciseError(problems)
    exercise = Exercise.model_validate({**rows, "items": items})
    for case in exercise.cases:
        if case.archetype.endswith(".toml"):
            case._folder = folder
    if tried := [
        problem
        for item in exercise.items
        for problem in _tried(item, exercise.truth(item, 0), file, points=False)
    ]:
        raise ExerciseError(tried)
    return exercise


def _head_problems(rows: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Say what is wrong with the page outside its cases and items."""
    stand_in = ChoiceItem.model_construct(id="none", kind="choice", prompt="-", options=[])
    lists = {
        key: stand_ins
        for key, stand_ins in (("cases", []), ("items", [stand_in]))
        if isinstance(rows.get(key), list) and rows[key]
    }
    try:
        Exercise.model_validate({**rows, **lists})
    except ValidationError as failed:
        for error in failed.errors():
            field, text = in_words(error, Exercise)
            yield Problem(file, "", field, text)


def _no_objective(item: Item, rows: Mapping[str, Any]) -> str | None:
    """Say when an item names an objective that the page does not list."""
    listed = rows["objectives"] if isinstance(rows.get("objectives"), list) else []
    if item.objective is None or item.objective <= len(listed):
        return None
    return (
        f"is {item.objective}; allowed is the number of one of the objectives, 1 to {len(listed)}"
        if listed
        else "is given, but the page lists no objectives"
    )


def _case_problems(raw_cases: Sequence[Any], file: str, folder: Path | None) -> Iterator[Problem]:
    for i, row in enumerate(raw_cases):
        part = _part("case", row, i)
        try:
            case = Case.model_validate(row)
        except ValidationError as failed:
            for error in failed.errors():
                yield Problem(file, part, *in_words(error, Case))
        else:
            if case.archetype.endswith(".toml"):
                if trouble := _own_patient(case.archetype, folder):
                    yield Problem(file, part, "archetype", trouble)
            elif case.archetype not in archetypes():
                near = did_you_mean(case.archetype, archetypes())
                yield Problem(
                    file,
                    part,
                    "archetype",
                    f"is '{case.archetype}'{near}; allowed are {', '.join(archetypes())}",
                )
        yield from (Problem(file, part, field, text) for field, text in _twice(raw_cases, i))


def _own_patient(name: str, folder: Path | None) -> str:
    """Say what is wrong with a patient file of the author's own; nothing where it is sound."""
    if folder is None:
        return f"is '{name}'; a patient file of your own is for practice, not for a graded pack"
    try:
        draw_truth(str(folder / name), 1)
    except OSError:
        return f"is '{name}', and {folder / name} cannot be read"
    except ValueError as error:
        return f"is '{name}', which has a mistake: {error}"
    return ""


def _read_item(
    row: Any, lesions: Mapping[str, Sequence[str] | None]
) -> tuple[Item | None, list[tuple[str, str]]]:
    """Return an item, or None, with field and sentence for everything that is wrong with it."""
    if not isinstance(row, dict):
        return None, [("", "is no table; write each item under [[items]]")]
    kind = row.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        said = f"is '{kind}'{did_you_mean(str(kind), KINDS)}" if "kind" in row else "is missing"
        return None, [
            ("kind", f"{said}; allowed are {', '.join(KINDS)}"),
            *_raw_problems(row, lesions),
        ]
    try:
        item = KINDS[kind].model_validate(row)
    except ValidationError as failed:
        return None, [
            *(_item_words(error, KINDS[kind], row) for error in failed.errors()),
            *_raw_problems(row, lesions),
        ]
    if item.case is not None and lesions.get(item.case) is None:
        return item, list(_raw_problems(row, lesions))
    return item, list(item.problems(lesions[item.case] if item.case else None))


def _raw_problems(
    row: Mapping[str, Any], lesions: Mapping[str, Sequence[str] | None]
) -> Iterator[tuple[str, str]]:
    """Check what can be checked in an item that cannot be built: its case, expressions, texts and
    evidence.
    """
    case = row.get("case")
    if case is not None and case not in lesions:
        yield (
            "case",
            (
                f"is '{case}'{did_you_mean(str(case), lesions)}; [[cases]] are"
                f" {', '.join(lesions) or 'missing'}"
            ),
        )
    ids = lesions.get(case) if isinstance(case, str) else None
    if ids is not None or not isinstance(
        case, str
    ):  # of a case that itself is wrong nobody knows the lesions
        if isinstance(key := row.get("key"), str):
            yield from (("key", text) for text in check_expression(key, ids, must_ask=True))
        for field in ("prompt", "hint", "explain"):
            if isinstance(text := row.get(field), str):
                yield from ((field, problem) for problem in check_placeholders(text, ids))
        for field in ("tolerance", "tie"):
            if isinstance(text := row.get(field), str):
                yield from ((field, problem) for problem in check_expression(text, ids))
        for list_name in NESTED:
            for i, inner in enumerate(
                row[list_name] if isinstance(row.get(list_name), list) else ()
            ):
                asked = (
                    [inner[field] for field in ("when", "true", "by") if field in inner]
                    if isinstance(inner, dict)
                    else ()
                )
                for text in asked:
                    if isinstance(text, str):
                        yield from (
                            (_nested(list_name, inner, i), problem)
                            for problem in check_expression(text, ids, must_ask=True)
                        )
    for id in row["evidence"] if isinstance(row.get("evidence"), list) else ():
        if isinstance(id, str) and (missing := no_evidence(id)):
            yield "evidence", missing


def _item_words(error: ErrorDetails, kind: type[Item], row: Mapping[str, Any]) -> tuple[str, str]:
    """Say what is wrong with a field of an item, going into its options, reasons or verdicts where
    the error lies there.
    """
    loc = error["loc"]
    if len(loc) > 2 and loc[0] in NESTED and isinstance(loc[1], int):
        inner = kind.model_fields[loc[0]].annotation
        option_model = (
            inner.__args__[0] if inner is not None and hasattr(inner, "__args__") else Row
        )
        field, text = in_words({**error, "loc": loc[2:3]}, option_model)
        return f"{_nested(loc[0], row[loc[0]][loc[1]], loc[1])}.{field}", text
    field, text = in_words({**error, "loc": loc[:1]}, kind)
    # A table of texts carries its kind and the name of the row after the field.
    return (f"{field} '{loc[2]}'" if len(loc) > 2 and isinstance(loc[2], str) else field), text


def _nested(list_name: str, row: Any, i: int) -> str:
    return f"{list_name} '{row.get('id', i + 1) if isinstance(row, dict) else i + 1}'"


def _lesions_of(
    raw_cases: Sequence[Any], folder: Path | None
) -> Iterator[tuple[str, list[str] | None]]:
    """Yield each case's id with the lesions of its archetype, None where the archetype is
    unknown.
    """
    for row in raw_cases:
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            name = row.get("archetype")
            lesions = None
            if isinstance(name, str):
                if folder and name.endswith(".toml") and not _own_patient(name, folder):
                    lesions = list(draw_truth(str(folder / name), 1).lesions)
                elif name in archetypes():
                    lesions = list(draw_truth(name, 1).lesions)
            yield row["id"], lesions


def _twice(rows: Sequence[Any], i: int) -> Iterator[tuple[str, str]]:
    """Say when an id already stands further up."""
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    if ids[i] is not None and ids[i] in ids[:i]:
        yield "id", f"'{ids[i]}' stands twice; every one needs its own"


def _tried(item: Item, truth: Truth, file: str, points: bool) -> Iterator[Problem]:
    """Yield what goes wrong when an item meets a patient: keys without answer, texts that cannot be
    filled.
    """
    part = f"item '{item.id}'"
    if points or "position" not in {
        name for _, text in item.expressions() for name in parse(text).functions
    }:
        try:
            item.key(truth)
        except ExpressionError as error:
            yield Problem(
                file,
                part,
                error.field or ("key" if "key_" in type(item).model_fields else "options"),
                str(error),
            )
    for field, text in item.texts():
        for match in PLACEHOLDER.finditer(text):
            try:
                truth.fill(match[0])
            except ExpressionError as error:
                yield Problem(
                    file, part, field, f"placeholder {{{placeholder(match[1])[0]}}}: {error}"
                )


def _part(what: str, row: Any, i: int) -> str:
    """Name an item or case by its id, or by its place where it has none."""
    id = row.get("id") if isinstance(row, dict) else None
    return f"{what} '{id}'" if isinstance(id, str) and id else f"{what} {i + 1}"
