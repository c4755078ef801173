"""A class as an instructor may get it: two hundred learners' files and thirty that are broken or
hostile, made the same every time.

Run it to lay the folder out for a look: python tests/synthetic_class.py FOLDER
"""

from __future__ import annotations

import io
import json
import random
import struct
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from netcourse.assessment import Answer, AnswersFile, Exercise, find_exercise, load_exercise
from netcourse.assessment.exercise.item import Item

KRENNING = load_exercise(find_exercise("03_krenning"))
CONFIDENCES = ("guess", "fairly sure", "sure")


def course_exercise(*kinds: str) -> Exercise:
    """The Krenning exercise with only those kinds of items."""
    return KRENNING.model_copy(
        update={"items": [item for item in KRENNING.items if item.kind in kinds]}
    )


def learner(
    n: int, exercise: Exercise = KRENNING, missing: float = 0.04, **how: Any
) -> AnswersFile:
    """One learner's file: mostly right, sometimes a class off, surer than right; learner `n` is
    always the same.
    """
    dice = random.Random(n)
    seed, skill = 1000 + n, 0.55 + 0.4 * (n % 10) / 9
    answers = []
    for place, item in enumerate(exercise.items):
        if dice.random() < missing:
            continue
        right = dice.random() < skill
        key = item.key(exercise.truth(item, seed)).value
        value = key if right else beside(item, key, dice)
        sure = CONFIDENCES[int(dice.random() * 2.3 + 0.7 * right)]
        at = f"2026-05-04T10:{place:02d}:{n % 60:02d}.{n:06d}+00:00"
        kept = list(value) if isinstance(value, tuple) else value
        answers.append(
            Answer(
                exercise=exercise.id,
                version=exercise.version,
                item=item.id,
                value=kept,
                confidence=sure,
                time=at,
            )
        )
    return AnswersFile(
        **{"pseudonym": f"amber-heron-{1000 + n}", "course_seed": seed, "answers": tuple(answers)}
        | how
    )


def beside(item: Item, key: Any, dice: random.Random) -> Any:
    """A wrong answer that a learner might give."""
    if item.kind == "score":
        return min(4, max(0, key + dice.choice((-2, -1, 1, 1))))
    if item.kind == "number":
        return round(key * dice.choice((0.6, 0.85, 1.15, 1.6)), 2)
    if item.kind == "point":
        return tuple(step + dice.uniform(-40, 40) for step in key)
    ids = [option.id for option in item.all_options]  # type: ignore[attr-defined]
    if item.kind == "choice":
        return dice.choice([id for id in ids if id != key])
    return tuple(id for id in ids if dice.random() < 0.5) or (ids[-1],)


def zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    """An archive; a name may stand in it twice."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2026, 5, 4, 10, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return data.getvalue()


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """Yield name, content and the reason under which each bad file must be listed."""
    good = learner(900)
    text = good.to_json()
    rows = json.loads(text)
    first = rows["answers"][0]

    def with_answer(**change: Any) -> bytes:
        return json.dumps(rows | {"answers": [first | change]}).encode()

    yield "empty.json", b"", "empty"
    yield "zeros.json", b"\0" * 4096, "empty"
    yield "cut.json", text[: len(text) // 2].encode(), "malformed"
    yield "huge.json", b"[" + b"1," * 200_000, "too large"
    yield "deep.json", b"[" * 100_000, "malformed"
    yield "quotes.json", b'"' + b'\\"' * 130_000, "malformed"
    yield "list.json", b"[1, 2, 3]", "malformed"
    yield "nan.json", text.replace('"version": 1', '"version": NaN', 1).encode(), "malformed"
    yield (
        "infinity.json",
        with_answer(value=0).replace(b'"value": 0', b'"value": 1e999'),
        "malformed",
    )
    yield (
        "digits.json",
        with_answer(value=0).replace(b'"value": 0', b'"value": ' + b"9" * 5000),
        "malformed",
    )
    yield "true.json", with_answer(version=True), "malformed"
    yield "text version.json", with_answer(version="1"), "malformed"
    yield (
        "twice.json",
        text.replace('"course_seed"', '"course_seed": 1, "course_seed"', 1).encode(),
        "malformed",
    )
    yield (
        "forged points.json",
        json.dumps(rows | {"points": 99, "max_points": 99}).encode(),
        "malformed",
    )
    yield "forged mark.json", with_answer(points=5, correct=True), "malformed"
    yield (
        "surrogate.json",
        with_answer(item="x").replace(b'"item": "x"', b'"item": "\\ud800"'),
        "malformed",
    )
    yield "latin.json", text.replace("amber", "ämber").encode("latin-1"), "malformed"
    yield "future.json", json.dumps(rows | {"schema_version": 99}).encode(), "future version"
    yield "foreign.json", json.dumps(rows | {"course": "cardiology"}).encode(), "foreign course"
    yield (
        "script.json",
        json.dumps(rows | {"course": "<script>alert(1)</script>"}).encode(),
        "foreign course",
    )
    yield "path.json", json.dumps(rows | {"pseudonym": "../../etc/passwd"}).encode(), "malformed"
    yield "formula.json", json.dumps(rows | {"pseudonym": "=1+1"}).encode(), "malformed"
    yield "copy of 000.json", learner(0).to_json().encode(), "duplicate"
    yield (
        "notebook.json",
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(),
        "malformed",
    )
    yield "bomb.zip", zipped([("answers.json", b"0" * 50_000_000)]), "too large"
    within = zipped([("inner.zip", zipped([("a.json", text.encode())]))])
    yield "nested.zip", zipped([("outer.zip", within)]), "nested"
    yield "torn.zip", zipped([("a.json", text.encode())])[:-30], "malformed"
    yield "text.zip", b"no archive", "malformed"
    yield "locked.zip", _flagged(zipped([("a.json", text.encode())])), "encrypted"
    yield "liar.zip", _lying(zipped([("a.json", b" " * 5_000_000)])), "malformed"


def _flagged(data: bytes) -> bytes:
    """Say in the archive's directory that the member needs a password."""
    at = data.index(b"PK\x01\x02") + 8
    return (
        data[:at]
        + struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
        + data[at + 2 :]
    )


def _lying(data: bytes) -> bytes:
    """Say in the archive's directory that five megabytes are ten bytes."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", 10) + data[at + 4 :]


def lay_out(folder: Path, learners: int = 200, exercise: Exercise = KRENNING) -> None:
    """Write the class into a folder: good files, some in an archive, and the thirty bad ones."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [learner(n, exercise) for n in range(learners)]
    split = learners - learners // 10
    for n, file in enumerate(files[:split]):
        (folder / f"{n:03d}.json").write_text(file.to_json(), encoding="utf-8")
    (folder / "last tenth.zip").write_bytes(
        zipped(
            [
                (f"{n:03d}/answers.json", file.to_json().encode())
                for n, file in enumerate(files[split:], split)
            ]
        )
    )
    for name, content, _ in hostile():
        (folder / name).write_bytes(content)


def mutants(count: int, exercise: Exercise, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of files made from honest ones by chance: bytes changed, values put in
    that do not belong.
    """
    dice = random.Random(seed)
    whole = [learner(n, exercise) for n in range(40)]
    for n in range(count):
        text = whole[n % 40].model_copy(update={"pseudonym": f"fuzz-case-{n}"}).to_json()
        data = (
            _with_nonsense(json.loads(text), dice)
            if dice.random() < 0.5
            else _damaged(text.encode(), dice)
        )
        if dice.random() < 0.2:
            archive = zipped(
                [(dice.choice(("a.json", "../a.json", "a/b.json", "=a.json", "a.txt")), data)]
            )
            yield f"{n}.zip", _damaged(archive, dice) if dice.random() < 0.5 else archive
        else:
            yield f"{n}.json", data


def _damaged(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        at = dice.randrange(len(data) + 1)
        much = dice.choice((1, 2, 8, 60, 400))
        data = dice.choice(
            (
                lambda d, at=at, much=much: d[:at] + dice.randbytes(much) + d[at + much :],
                lambda d, at=at, much=much: d[:at] + d[at + much :],
                lambda d, at=at, much=much: d[: at + much] + d[at:],
                lambda d, at=at: d[:at],
                lambda d, at=at: (
                    d[:at]
                    + dice.choice(
                        (
                            b"0",
                            b"4",
                            b"true",
                            b"null",
                            b'"',
                            b"\\",
                            b"[",
                            b"{",
                            b"-",
                            b"1e9",
                            b"NaN",
                        )
                    )
                    + d[at:]
                ),
            )
        )(data)
    return data


NONSENSE: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    3,
    4,
    5,
    2.0,
    3.5,
    1e9,
    -1e300,
    10**20,
    "",
    "4",
    "x" * 300,
    "=1+1",
    "<b>",
    [],
    [[]],
    [1, [2]],
    {},
    {"value": 4},
    [True],
    ["physiologic"],
    ["physiologic", "ct"],
    "physiologic",
    "liver",
    [4, 4, 4],
    [None],
    "2026-01-01",
)


def _with_nonsense(rows: dict[str, Any], dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 6))):
        answer = dice.choice(rows["answers"]) if rows.get("answers") else rows
        place = answer if dice.random() < 0.9 else rows
        field = dice.choice(
            (
                "value",
                "value",
                "value",
                "value",
                "item",
                "hints",
                "version",
                "exercise",
                "confidence",
                "time",
                "points",
            )
        )
        if field == "item" and dice.random() < 0.7:
            place["item"] = dice.choice(("q2", "q3", "q99", "", "Q2", "q2 "))
        elif field == "hints" and dice.random() < 0.7:
            place["hints"] = dice.randrange(10)
        else:
            place[field] = dice.choice(NONSENSE)
        if dice.random() < 0.1 and isinstance(rows.get("answers"), list):
            dice.shuffle(rows["answers"])
    return json.dumps(rows).encode()


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
    print(f"{len(list(Path(sys.argv[1]).iterdir()))} files in {sys.argv[1]}")
