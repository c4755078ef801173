"""Making a graded pack: patients from secret seeds, pictures taken beforehand, questions without
keys, a ticket for everyone.

Whoever can draw a patient can work out the key, so a learner gets only pixels. The seeds come from
256 secret bits: nobody finds them by drawing patients until one fits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netcourse.assessment.answers.pseudonym import new_pseudonym
from netcourse.assessment.answers.store import write_atomically
from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.load import find_exercise, load_exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.pack.encrypted_key import new_code, seal
from netcourse.assessment.pack.model import FORMAT, PACKABLE, bare, volume_bytes, write_pack
from netcourse.assessment.pack.variants import DealtExercise, deal, to_json
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.pack.guessing import POOL, Guessing, guessing
from netcourse.classroom.pack.hand_out import PACKS, READY, hand_out
from netcourse.classroom.pack.key_file import KeyFile, write_key
from netcourse.classroom.pack.notebook import START, start_notebook
from netcourse.evidence import figure
from netcourse.patients import Patient, generate
from netcourse.patients.toml_file import read_toml
from netcourse.scanner import positions, scan

TRIES = 40
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Made:
    """What was made: where, for whom, the code to tell at the end, and what the instructor should
    know.
    """

    out: Path
    key: Path
    code: str
    learners: int
    variants: int
    guessing: Guessing

    def __str__(self) -> str:
        lines = [
            f"{self.learners} learners, {self.variants} variants, in {self.out}.",
            (
                f"  {READY}/  a zip for each learner, to unpack into the course folder; mail.csv says"
                " whose it is (a mail merge takes it)"
            ),
            (
                f"  {PACKS}/  the same in pieces, for a shared folder: {START}, the zip of each"
                " variant; tickets.csv has the tickets"
            ),
            f"  {self.key.name}  stays with you: it marks the answers and opens the key",
            f"  Reveal code, for the last slide: {self.code}",
        ]
        earned = self.guessing
        lines += [
            f"  Who looks at nothing earns up to {earned.blind * 100:.0f} % (the best sheet that is"
            " the same for everyone); marks above that stand in grades.csv as chance-corrected.",
            f"  A program that measures the marked findings could earn up to"
            f" {earned.scripted * 100:.0f} %: what counts needs supervision.",
        ]
        if self.variants == 1:
            lines.append(
                "  There is one variant: everyone has the same questions and the same answers."
            )
            return "\n".join(lines)
        lines.append(
            f"  Answers copied from a neighbour with another variant earn"
            f" {earned.copied * 100:.0f} % on average."
        )
        if earned.alike:
            lines.append(
                f"  Same answer in every variant, so copying pays there: {', '.join(earned.alike)}"
            )
        return "\n".join(lines)


def make_pack(
    page: Path,
    people: Sequence[Person],
    out: Path,
    ends: datetime,
    variants: int | None = None,
    secret: bytes | None = None,
    progress: Progress | None = None,
    guessable: bool = False,
) -> Made:
    """Make a graded pack of an exercise page for those people and return what was made.

    A set in which a sheet filled in without looking earns more than assessment.pack.blind is made
    only if `guessable` says so.

    `variants` default to assessment.pack.variants, never more than learners. `secret` (32 bytes)
    makes it again the same. Raises ValueError where a question or case cannot go into a pack,
    FileExistsError where `out` holds a key already.
    """
    if not people:
        raise ValueError("nobody is to take part: give a roster with learners, or their number")
    out = out.resolve()
    if (out / "key.json").exists():
        raise FileExistsError(17, "there is a pack already", str(out / "key.json"))
    secret = secrets.token_bytes(32) if secret is None else secret
    count = min(len(people), variants or int(figure("assessment.pack.variants").value))
    load_exercise(page)
    rows = _relabelled(read_toml(page), secret)
    dealt = _dealt(rows, count, secret)
    for item in dealt.items:
        _refuse(item, dealt)
    earned = guessing(dealt, _dealt(rows, max(count, POOL), secret))
    limit = figure("assessment.pack.blind").value
    if earned.blind > limit and not guessable:
        raise ValueError(
            f"who looks at nothing earns {earned.blind * 100:.0f} % of this set, and"
            f" {limit * 100:.0f} % is the limit for marks that count: take questions whose answers"
            " vary more, or say that you know (--guessable) and use the chance-corrected marks"
        )
    tell = progress or (lambda share, words: None)
    place = out / PACKS
    place.mkdir(parents=True, exist_ok=True)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    code, pack = new_code(), _hash(secret, "pack")[:8]
    for variant in dealt.patients:
        tell((variant - 1) / count, f"variant {variant} of {count}")
        told, pictures = _variant(dealt, variant, pack, ends.isoformat())
        key = seal(_json(to_json(rows, {variant: dealt.patients[variant]})), code)
        write_pack(place / f"variant_{variant}.zip", told, pictures, key)
    write_atomically(place / START, start_notebook(dealt.title).encode())
    learners = named(people)
    given = dict(
        zip(
            (one.pseudonym for one in _shuffled(learners, secret)),
            _round(list(dealt.patients), len(learners)),
            strict=True,
        )
    )
    hand_out(out, learners, given, pack, ends.isoformat(), secret)
    write_key(
        out / "key.json",
        KeyFile(pack, secret, code, ends.isoformat(), dealt, learners, given, made, earned.blind),
        to_json(rows, dealt.patients),
    )
    tell(1.0, "done")
    return Made(out, out / "key.json", code, len(learners), count, earned)


def set_page(name: str) -> Path:
    """Return the page of a graded set of the course, of one of its exercises, or a file;
    FileNotFoundError names what there is.
    """
    own = Path(__file__).parent / "sets" / f"{name}.toml"
    return own if own.is_file() else find_exercise(name)


def read_end(text: str) -> datetime:
    """Return an instant with its time zone; ValueError says how to write one.

    >>> read_end("2026-12-01T17:00+01:00").isoformat()
    '2026-12-01T17:00:00+01:00'
    """
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no instant; write it like 2026-12-01T17:00+01:00") from None
    if end.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone; write it like {text}+01:00")
    return end


# ---------------------------------------------------------------- patients


def draw(page: Path, count: int, secret: bytes) -> DealtExercise:
    """Return the variants that a pack of this secret would hold, without taking their pictures;
    errors as in `make_pack`.
    """
    return _dealt(_relabelled(read_toml(page), secret), count, secret)


def _dealt(rows: Mapping[str, Any], count: int, secret: bytes) -> DealtExercise:
    """Draw a patient for each variant and case from seeds of 96 secret bits, such that every
    question has a key.
    """
    plain = deal(rows, {1: {}})
    patients: dict[int, dict[str, Patient]] = {}
    for variant in range(1, count + 1):
        for attempt in range(TRIES):
            drawn = {
                case.id: generate(
                    case.archetype, int(_hash(secret, f"{variant}/{case.id}/{attempt}")[:24], 16)
                )
                for case in plain.cases
            }
            patients[variant] = {
                case.id: _dealt_anew(
                    drawn[case.id], secret, f"{variant}/{case.id}/{attempt}", case.shuffled
                )
                for case in plain.cases
            }
            if (trouble := _without_key(deal(rows, patients), variant)) is None:
                break
        else:
            raise ValueError(
                f"no patient could be drawn for whom every question has an answer: {trouble}"
            )
    return deal(rows, patients)


def _dealt_anew(patient: Patient, secret: bytes, name: str, shuffled: bool) -> Patient:
    """The same patient under a name from which neither archetype nor seed can be read; the
    scanner's noise hangs on it.

    `shuffled` deals the lesions' uptake among them: then no place and no number tells a class, not
    even to who knows the archetype.
    """
    lesions = patient.lesions
    if shuffled:
        order = sorted(range(len(lesions)), key=lambda n: _hash(secret, f"uptake/{name}/{n}"))
        lesions = tuple(
            one.model_copy(update={"ssr_suv": lesions[n].ssr_suv})
            for one, n in zip(lesions, order, strict=True)
        )
    return patient.model_copy(
        update={
            "id": f"P{_hash(secret, f'name/{name}')[:24]}",
            "title": "A patient",
            "seed": 0,
            "lesions": lesions,
        }
    )


def _without_key(dealt: DealtExercise, variant: int) -> str | None:
    for item in dealt.items:
        try:
            item.key(dealt.truth(item, variant))
        except ExpressionError as error:
            return f"{item.id}: {error}"
    return None


def _refuse(item: Item, dealt: DealtExercise) -> None:
    from netcourse.assessment.sheet.pictures import SERIES

    if item.kind not in PACKABLE:
        raise ValueError(
            f"question '{item.id}' is a {item.kind}; a pack can hold {', '.join(PACKABLE)}"
        )
    if item.case is not None and (shows := dealt.case(item.case).shows) not in (*SERIES, "story"):
        raise ValueError(
            f"case '{item.case}' shows \"{shows}\"; in a pack it can show {', '.join(SERIES)} or"
            " story"
        )


# ---------------------------------------------------------------- what the learner gets


def _variant(
    dealt: DealtExercise, variant: int, pack: str, ends: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    from netcourse.assessment.sheet.pictures import SERIES

    cases, pictures = [], {}
    shown = {item.id: _shown(item, dealt) for item in dealt.items}
    for case in dealt.cases:
        patient = dealt.patients[variant][case.id]
        row: dict[str, Any] = {
            "id": case.id,
            "shows": case.shows,
            "story": patient.history.story,
            "series": {},
            "marks": {},
        }
        if case.shows in SERIES:
            places = positions(patient)
            marked = {id for item in dealt.items if item.case == case.id for id in shown[item.id]}
            row["marks"] = {id: list(places[id]) for id in sorted(marked) if id in places}
            for n, (series, volume) in enumerate(
                scan(patient, SERIES[case.shows]).volumes.items(), 1
            ):
                row["series"][series] = f"{case.id}_{n}.npz"
                pictures[row["series"][series]] = volume_bytes(volume)
        cases.append(row)
    items = [bare(item, dealt.truth(item, variant), shown[item.id]) for item in dealt.items]
    told = {
        "format": FORMAT,
        "pack": pack,
        "variant": variant,
        "ends": ends,
        "exercise": dealt.id,
        "version": dealt.version,
        "title": dealt.title,
        "objectives": list(dealt.objectives),
        "cases": cases,
        "items": items,
    }
    return told, pictures


def _shown(item: Item, dealt: DealtExercise) -> list[str]:
    """The lesions that may be marked: none that a question of the same case asks to find."""
    sought = {
        id
        for other in dealt.items
        if other.case == item.case and other.hides_lesions
        for id in other.lesions
    }
    return [id for id in item.lesions if id not in sought]


# ---------------------------------------------------------------- dealing


def named(people: Sequence[Person]) -> tuple[Person, ...]:
    """Return the people, each with a pseudonym of their own."""
    taken = {one.pseudonym for one in people if one.pseudonym}
    found = []
    for one in people:
        name = one.pseudonym
        while not name or (name != one.pseudonym and name in taken):
            name = new_pseudonym()
        taken.add(name)
        found.append(replace(one, pseudonym=name))
    return tuple(found)


def _shuffled(people: Sequence[Person], secret: bytes) -> list[Person]:
    return sorted(people, key=lambda one: _hash(secret, f"deal/{one.pseudonym}"))


def _round(variants: Sequence[int], count: int) -> list[int]:
    """Every variant as often as any other, give or take one."""
    return [variants[n % len(variants)] for n in range(count)]


def _relabelled(rows: dict[str, Any], secret: bytes) -> dict[str, Any]:
    """The page with options named a, b, c … in a secret order, cases by number, its hints left out,
    and the last answer counting.
    """
    cases = {case["id"]: f"case_{n}" for n, case in enumerate(rows.get("cases", ()), 1)}
    items = []
    for row in rows["items"]:
        row = {name: value for name, value in row.items() if name not in ("hint", "hint_cost")}
        for kind in ("options", "reasons"):
            if kind in row:
                order = sorted(
                    row[kind],
                    key=lambda option: _hash(secret, f"option/{row['id']}/{option['id']}"),
                )
                names = {option["id"]: "abcdefghij"[n] for n, option in enumerate(order)}
                row[kind] = [option | {"id": names[option["id"]]} for option in row[kind]]
        items.append(row | ({"case": cases[row["case"]]} if "case" in row else {}))
    numbered = [case | {"id": cases[case["id"]]} for case in rows.get("cases", ())]
    return rows | {"cases": numbered, "items": items, "attempts": "last"}


def _hash(secret: bytes, name: str) -> str:
    return hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()


def _json(rows: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(rows, separators=(",", ":")).encode()
