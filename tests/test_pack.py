"""A graded pack: nothing in the learner's hands tells the key, tickets bind answers to their
learner, copying pays like guessing.
"""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from netcourse.assessment import (
    Answer,
    AnswersError,
    AnswersFile,
    open_pack,
    read_answers,
    reveal,
)
from netcourse.assessment.answers.ticket import Ticket, check, peek, sign
from netcourse.assessment.pack.encrypted_key import new_code, seal, unseal
from netcourse.assessment.pack.model import PackError, read_pack
from netcourse.assessment.pack.session import PackSession, open_session
from netcourse.classroom import KeyFile, Person, grade_folder, read_key
from netcourse.classroom.collect.roster import nobody
from netcourse.classroom.pack import hand_out, make
from netcourse.classroom.pack.guessing import POOL, Guessing, guessing
from netcourse.classroom.pack.make import Made, make_pack, read_end, set_page
from netcourse.cli import app
from netcourse.evidence import figure
from netcourse.patients import archetypes, generate
from netcourse.scanner import Study, Volume, positions

SECRET = bytes(range(32))
ENDS = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
IN_TIME = (ENDS - timedelta(hours=1)).isoformat()
POINTS = """
id = "find_it"
version = 1
title = "Find it"

[[cases]]
id = "node_of_uncinate"
archetype = "uncinate_and_node"

[[items]]
id = "where"
kind = "point"
case = "node_of_uncinate"
prompt = "Find the node."
key = "position(N1)"
hint = "In the mesenteric root."

[[items]]
id = "score"
kind = "score"
case = "node_of_uncinate"
prompt = "Score N1 ({N1.where})."
key = "krenning(N1)"
explain = "It reads {suv_max(N1)}."

[[items]]
id = "hot"
kind = "score"
case = "node_of_uncinate"
prompt = "Score U1."
key = "krenning(U1)"
"""


def tiny(patient: Any, series: Any) -> Study:
    """Pictures of a few voxels, where the scanner itself is not what is tried."""
    volumes = {
        "CT": Volume(
            "CT",
            np.arange(24, dtype=np.int16).reshape(2, 3, 4),
            (3, 1.5, 1.5),
            (0, 0, 0),
            "HU",
            "CT, portal venous phase",
        ),
        "PT": Volume(
            "PT",
            np.linspace(0, 9, 24, dtype=np.float32).reshape(2, 3, 4),
            (3, 3, 3),
            (0, 0, 0),
            "SUV",
            "PET, 68Ga-DOTATATE",
        ),
    }
    return Study(patient.id, patient.title, volumes, positions(patient))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "scan", tiny)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two variants with real pictures."""
    out = tmp_path_factory.mktemp("pack") / "set"
    return make_pack(
        set_page("marked_reading"), nobody(4), out, ENDS, variants=2, secret=SECRET, guessable=True
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Eight variants for twenty-four learners, with tiny pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "scan", tiny)
        return make_pack(
            set_page("marked_reading"),
            nobody(24),
            tmp_path_factory.mktemp("pack") / "set",
            ENDS,
            variants=8,
            secret=SECRET,
            guessable=True,
        )


def right(key: KeyFile, variant: int) -> dict[str, Any]:
    return {
        item.id: item.key(key.exercise.truth(item, variant)).value for item in key.exercise.items
    }


def ticket_of(made: Made, pseudonym: str) -> str:
    return (made.out / "tickets" / f"{pseudonym}.ticket").read_text(encoding="utf-8").strip()


def answered(
    made: Made, name: str, values: dict[str, Any], at: str = IN_TIME, **how: Any
) -> AnswersFile:
    kept = {id: list(value) if isinstance(value, tuple) else value for id, value in values.items()}
    answers = tuple(
        Answer(exercise="marked_reading", version=1, item=id, value=value, time=at)
        for id, value in kept.items()
    )
    file = {
        "pseudonym": name,
        "course_seed": 1,
        "ticket": ticket_of(made, name),
        "answers": answers,
    }
    return AnswersFile(**file | how)


def hand_in(folder: Path, *files: AnswersFile) -> Path:
    folder.mkdir(exist_ok=True)
    for n, file in enumerate(files):
        (folder / f"{n}.json").write_text(file.to_json(), encoding="utf-8")
    return folder


# ---------------------------------------------------------------- nothing tells the key


def told(made: Made) -> Iterator[tuple[str, dict[str, Any], dict[str, bytes]]]:
    """Each variant's name, its questions, and all that it holds, unpacked to the last array
    header.
    """
    for path in sorted((made.out / "for_learners").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            everything = {name: archive.read(name) for name in archive.namelist()}
        for name, data in list(everything.items()):
            if name.endswith(".npz"):
                with zipfile.ZipFile(io.BytesIO(data)) as arrays:
                    everything |= {
                        f"{name}/{inner}": arrays.read(inner) for inner in arrays.namelist()
                    }
        yield path.name, json.loads(everything["pack.json"]), everything


def test_no_word_number_or_name_in_the_pack_leads_to_the_patient(real: Made) -> None:
    key = read_key(real.key)
    names = [*archetypes(), key.secret.hex(), real.code, real.code.replace("-", "")]
    names += [patient.id for cases in key.exercise.patients.values() for patient in cases.values()]
    fields = {'"key"', '"when"', '"true"', '"by"', "explain", "hint", "seed", "nature", "pathology"}
    forbidden = {*names, *fields, "krenning(", "suv_max(", "ssr_suv"}
    for path, _, everything in told(real):
        for member, data in everything.items():
            if member.endswith(("voxels.npy", "key.sealed")):
                continue  # noise and lock: no text in them
            for word in forbidden:
                assert word.encode() not in data, f"{word} in {path}/{member}"
                assert word not in member


def test_every_variant_has_the_same_members_in_the_same_order_without_times_and_a_key_of_the_same_size(
    real: Made,
) -> None:
    shapes = set()
    for path in sorted((real.out / "for_learners").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            assert archive.comment == b""
            assert {info.date_time for info in members} == {(1980, 1, 1, 0, 0, 0)}
            assert all(not info.extra and not info.comment for info in members)
            shapes.add(
                (tuple(info.filename for info in members), archive.getinfo("key.sealed").file_size)
            )
    assert len(shapes) == 1
    ((names, _),) = shapes
    assert (
        list(names)
        == sorted(names)
        == ["key.sealed", "pack.json", "pictures/case_1_1.npz", "pictures/case_1_2.npz"]
    )


def test_array_headers_say_only_geometry(real: Made) -> None:
    for _, _, everything in told(real):
        for name, data in everything.items():
            if name.endswith(".npz"):
                with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                    assert set(arrays.files) == {
                        "voxels",
                        "step",
                        "spacing_mm",
                        "origin_mm",
                        "words",
                    }
                    assert arrays["voxels"].dtype in (np.int16, np.uint16)
                    series = {
                        "CT",
                        "PT",
                        "HU",
                        "SUV",
                        "CT, portal venous phase",
                        "PET, 68Ga-DOTATATE",
                    }
                    assert {str(word) for word in arrays["words"]} <= series


def test_a_question_holds_only_what_it_asks(real: Made) -> None:
    allowed = {
        "id",
        "kind",
        "case",
        "title",
        "objective",
        "points",
        "unit",
        "measure",
        "prompt",
        "shown",
        "options",
        "verdicts",
    }
    for _, questions, _ in told(real):
        for item in questions["items"]:
            assert set(item) <= allowed
            assert all(set(option) == {"id", "text"} for option in item.get("options", ()))
        assert set(questions["cases"][0]) == {"id", "shows", "story", "series", "marks"}


def test_whoever_draws_patients_from_public_numbers_never_meets_the_variant(real: Made) -> None:
    key = read_key(real.key)
    truly = {
        tuple((one.size_mm, one.ssr_suv) for one in cases["case_1"].lesions)
        for cases in key.exercise.patients.values()
    }
    words = [key.pack, *(f"{variant}" for variant in key.exercise.patients), *key.variants]
    guesses = [
        *range(400),
        *(int(word, 16) for word in words if re.fullmatch("[0-9a-f]+", word)),
        *(hash(word) % 2**32 for word in words),
    ]
    for seed in guesses:
        drawn = generate("eight_findings", seed).lesions
        assert not any(
            {size for size, _ in one} <= {lesion.size_mm for lesion in drawn} for one in truly
        ), seed


def test_the_lesion_that_a_question_asks_to_find_is_marked_nowhere(
    tmp_path: Path, quick: None
) -> None:
    page = tmp_path / "find_it.toml"
    page.write_text(POINTS, encoding="utf-8")
    made = make_pack(
        page, nobody(2), tmp_path / "set", ENDS, variants=1, secret=SECRET, guessable=True
    )
    for _, questions, everything in told(made):
        assert set(questions["cases"][0]["marks"]) == {"U1"}, (
            "U1 is marked for its own question, N1 for none"
        )
        assert [item["shown"] for item in questions["items"]] == [[], [], ["U1"]]
        assert b"uncinate_and_node" not in everything["pack.json"]
        assert b"node_of_uncinate" not in everything["pack.json"], (
            "an author's names of cases may tell"
        )


def test_options_are_named_and_ordered_by_the_secret_alone(tmp_path: Path, quick: None) -> None:
    ticks = Counter()
    for n in range(8):
        secret = bytes([n]) * 32
        made = make_pack(
            set_page("03_krenning"),
            nobody(1),
            tmp_path / f"{n}",
            ENDS,
            secret=secret,
            guessable=True,
        )
        key = read_key(made.key)
        ticks[
            key.exercise.item("q10").key(key.exercise.truth(key.exercise.item("q10"), 1)).value
        ] += 1
    assert len(ticks) >= 3, "the right one, first in the author's page, has no name of its own"


def test_a_key_opens_with_its_code_and_no_other() -> None:
    code = new_code()
    locked = seal(b"key" * 1000, code)
    assert unseal(locked, code.lower().replace("-", " ")) == b"key" * 1000
    with pytest.raises(ValueError, match="does not open the key"):
        unseal(locked, new_code())
    with pytest.raises(ValueError, match="does not open"):
        unseal(locked[:-10] + b"0123456789", code)
    assert len(seal(b"a", code)) == len(seal(b"b" * 999, code))
    assert len({new_code() for _ in range(200)}) == 200


# ---------------------------------------------------------------- tickets


def test_a_ticket_that_was_changed_or_signed_by_another_is_refused() -> None:
    ticket = Ticket("a1b2", 3, "amber-heron-4821", ENDS.isoformat())
    text = sign(ticket, SECRET)
    assert check(text, SECRET) == peek(text) == ticket
    body, signature = text.split(".")
    other = sign(Ticket("a1b2", 4, "amber-heron-4821", ENDS.isoformat()), b"my own")
    for forged in (f"{other.split('.')[0]}.{signature}", other, f"{body}.{'A' * len(signature)}"):
        with pytest.raises(ValueError, match="not issued with this key"):
            check(forged, SECRET)
    for nonsense in ("", "a.b", "…", text[:-30], "x" * 500, f"{body}", "W10.AAAA"):
        with pytest.raises(ValueError, match="ticket"):
            check(nonsense, SECRET)


def test_variants_are_dealt_evenly_and_not_in_the_order_of_the_roster(made: Made) -> None:
    key = read_key(made.key)
    assert set(Counter(key.variants.values()).values()) == {3}
    in_order = [key.variants[one.pseudonym] for one in key.people]
    assert in_order != sorted(in_order)
    assert in_order != [n % 8 + 1 for n in range(24)]


# ---------------------------------------------------------------- the learner's side


def learn(made: Made, pseudonym: str, tmp_path: Path) -> PackSession:
    return open_session(
        ticket_of(made, pseudonym), made.out / "for_learners", tmp_path / f"{pseudonym}.json"
    )


def test_a_learner_answers_changes_an_answer_and_learns_nothing_before_the_code(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    name = key.people[0].pseudonym
    session = learn(made, name, tmp_path)
    assert session.pack.variant == key.variants[name]
    truth = right(key, session.pack.variant)
    kept = [
        str(session.answer("f1", value, "sure")).replace(f"answer: {value}", "")
        for value in (0, 1, 2, 3, 4, truth["f1"])
    ]
    assert len(set(kept)) == 1, "right or wrong, the answer to an answer is the same"
    assert session.result.points == 0
    assert session.result["f1"].answered
    with pytest.raises(ValueError, match="allowed is a whole number"):
        session.answer("f2", 7)
    with pytest.raises(ValueError, match="no option"):
        session.answer("liver_or_more", ["z"])
    with pytest.raises(ValueError, match="no hint"):
        session.hint("f1")
    assert "Marks come when the key is told" in str(session.summary())
    report = grade_folder(hand_in(tmp_path / "in", session.answers.file), key=key)
    assert report.graded[0].results[0]["f1"].correct, "the last answer counts"


def test_the_page_shows_the_pictures_and_after_the_code_the_reasons(
    real: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = read_key(real.key)
    name = key.people[1].pseudonym
    folder = real.out / "for_learners"
    view = open_pack(ticket_of(real, name), folder)
    view.go_to("f3")
    assert view.viewer is not None
    place = positions(key.exercise.patients[key.variants[name]]["case_1"])["F3"]
    assert view.viewer.crosshair_mm == pytest.approx(place, abs=2)
    assert json.dumps(view.sheet.state)
    truth = right(key, key.variants[name])
    for item, value in truth.items():
        view.answer(item, list(value) if isinstance(value, tuple) else value)
    opened = reveal(real.code, ticket_of(real, name), folder)
    assert opened.result.points == opened.result.max_points
    assert "exceeds" in str(opened.check("f3")) or "not" in str(opened.check("f3"))
    opened.go_to("f3")
    assert opened.viewer is not None
    with pytest.raises(ValueError, match="does not open"):
        reveal(new_code(), ticket_of(real, name), folder)


def test_after_the_code_nothing_that_is_answered_counts(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = read_key(made.key)
    name, folder = key.people[2].pseudonym, made.out / "for_learners"
    truth = right(key, key.variants[name])
    session = open_session(ticket_of(made, name), folder)
    session.answer("f1", truth["f1"])
    session.answer("f2", (truth["f2"] + 2) % 5)
    opened = reveal(made.code, ticket_of(made, name), folder)
    earned = opened.result.points
    assert 0 < earned < opened.result.max_points
    for item, value in truth.items():
        told = opened.answer(item, list(value) if isinstance(value, tuple) else value)
        assert told.practice or item == "f1"
    assert opened.result.points == earned, "the sheet's own mark stays"
    assert "before the key was told counts: 0 of" in opened.check("f2").html
    path = tmp_path / f"answers-{key.pack}.json"
    report = grade_folder(hand_in(tmp_path / "in", read_answers(path)), key=key)
    assert report.graded[0].points == earned
    again = open_session(ticket_of(made, name), folder)
    with pytest.raises(AnswersError, match="answers no longer count"):
        again.answer("f2", truth["f2"])
    assert read_answers(path) == again.answers.file
    practised = read_answers(path).model_copy(
        update={
            "answers": (
                *read_answers(path).answers,
                Answer(
                    exercise="marked_reading",
                    version=1,
                    item="f2",
                    value=truth["f2"],
                    time=(datetime.fromisoformat(key.made) + timedelta(hours=1)).isoformat(),
                ),
            )
        }
    )
    report = grade_folder(hand_in(tmp_path / "by_hand", practised), key=key)
    assert report.graded[0].points == earned
    assert "1 answers after the key was told" in report.graded[0].notes[0]


def test_pictures_come_back_as_they_were_taken(made: Made) -> None:
    pack = read_pack(made.out / "for_learners" / "variant_1.zip")
    study = pack.study("case_1")
    before = tiny(generate("eight_findings"), ())
    assert np.array_equal(study["CT"].array, before["CT"].array)
    assert study["PT"].array == pytest.approx(before["PT"].array, abs=1e-3)
    assert study.landmarks_mm == {}


def test_what_is_no_pack_or_no_ticket_is_said_in_words(made: Made, tmp_path: Path) -> None:
    folder = made.out / "for_learners"
    with pytest.raises(PackError, match="no ticket in"):
        open_session(None, folder)
    with pytest.raises(PackError, match="no ticket: copy the whole line"):
        open_session("hello", folder)
    text = ticket_of(made, read_key(made.key).people[0].pseudonym)
    with pytest.raises(PackError, match="put its zip into"):
        open_session(text, tmp_path)
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with pytest.raises(PackError, match="damaged or no pack"):
        read_pack(tmp_path / "bad.zip")
    other = tmp_path / "answers.json"
    other.write_text(AnswersFile(pseudonym="blue-owl-1", course_seed=3).to_json(), encoding="utf-8")
    with pytest.raises(PackError, match="another ticket"):
        open_session(text, folder, other)


# ---------------------------------------------------------------- marking


def test_honest_work_gets_its_mark_and_a_neighbours_answers_what_guessing_gets(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    honest = [
        answered(made, one.pseudonym, right(key, key.variants[one.pseudonym])) for one in key.people
    ]
    report = grade_folder(hand_in(tmp_path / "honest", *honest), key=key)
    assert {one.points for one in report.graded} == {key.exercise.max_points}
    source = key.people[0].pseudonym
    copied = [
        answered(made, one.pseudonym, right(key, key.variants[source]))
        for one in key.people
        if key.variants[one.pseudonym] != key.variants[source]
    ]
    shares = [
        one.points / one.max_points
        for one in grade_folder(hand_in(tmp_path / "copied", *copied), key=key).graded
    ]
    dice = np.random.default_rng(1)
    values = right(key, key.variants[source])
    drawn = [
        {id: int(dice.integers(0, 5)) if id[0] == "f" else value for id, value in values.items()}
        for _ in key.people
    ]
    guesses = [
        answered(made, one.pseudonym, values) for one, values in zip(key.people, drawn, strict=True)
    ]
    guessed = [
        one.points / one.max_points
        for one in grade_folder(hand_in(tmp_path / "guessed", *guesses), key=key).graded
    ]
    assert np.mean(shares) < 0.6
    assert np.mean(shares) < np.mean(guessed) + 0.2
    assert made.guessing.copied == pytest.approx(np.mean(shares), abs=0.15)


def test_stolen_forged_late_and_missing_tickets_are_listed_and_earn_nothing(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    one, two, three, four, five, *_ = (person.pseudonym for person in key.people)
    values = right(key, key.variants[one])
    forged = sign(Ticket(key.pack, key.variants[one], two, ENDS.isoformat()), b"guess")
    longer = sign(
        Ticket(key.pack, key.variants[one], three, (ENDS + timedelta(days=9)).isoformat()), b"guess"
    )
    late = key.people[5].pseudonym
    files = [
        answered(made, one, values),
        answered(made, two, values, ticket=forged),
        answered(made, three, values, ticket=longer),
        answered(made, four, values, pseudonym="blue-owl-1"),
        answered(made, five, values, ticket=None),
        answered(
            made, late, right(key, key.variants[late]), at=(ENDS + timedelta(minutes=1)).isoformat()
        ),
    ]
    report = grade_folder(hand_in(tmp_path / "in", *files), key=key)
    refused = {one.source: one.reason for one in report.rejected}
    assert refused == {
        "1.json": "ticket",
        "2.json": "ticket",
        "3.json": "ticket",
        "4.json": "no ticket",
    }
    assert {one.source: one.points for one in report.graded} == {
        "0.json": key.exercise.max_points,
        "5.json": 0.0,
    }
    assert "after the end" in report.graded[1].notes[0]
    assert report.exit_status == 1


def test_a_file_with_a_forged_ticket_takes_nothing_from_whose_name_it_bears(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    name = key.people[0].pseudonym
    own = answered(made, name, right(key, key.variants[name]))
    forged = sign(Ticket(key.pack, key.variants[name], name, ENDS.isoformat()), b"guess")
    files = [
        answered(made, name, {"f1": 0}, ticket=forged),
        answered(made, name, {}, ticket=None),
        own,
    ]
    report = grade_folder(hand_in(tmp_path / "in", *files), key=key)
    assert {one.source: one.points for one in report.graded} == {"2.json": key.exercise.max_points}
    assert {one.source: one.reason for one in report.rejected} == {
        "0.json": "ticket",
        "1.json": "no ticket",
    }


def test_answers_from_before_the_pack_was_made_are_spoken_of(made: Made, tmp_path: Path) -> None:
    key = read_key(made.key)
    began = datetime.fromisoformat(key.made)
    assert abs(datetime.now(UTC) - began) < timedelta(days=1)
    early, fair = (person.pseudonym for person in key.people[:2])
    files = [
        answered(made, early, {"f1": 1}, at=(began - timedelta(days=1)).isoformat()),
        answered(made, fair, {"f1": 1}, at=began.isoformat()),
    ]
    report = grade_folder(hand_in(tmp_path / "in", *files), key=key)
    notes = {one.pseudonym: "".join(one.notes) for one in report.graded}
    assert "1 answers are dated before the pack was made" in notes[early]
    assert "before the pack" not in notes[fair]


def test_without_the_key_a_packs_answers_are_not_marked(made: Made, tmp_path: Path) -> None:
    name = read_key(made.key).people[0].pseudonym
    report = grade_folder(hand_in(tmp_path / "in", answered(made, name, {"f1": 3})))
    assert [one.reason for one in report.rejected] == ["key needed"]


def test_two_with_the_very_same_errors_are_noted_and_two_who_are_both_right_are_not(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    by_variant: dict[int, list[str]] = {}
    for name, variant in key.variants.items():
        by_variant.setdefault(variant, []).append(name)
    (a, b, _), (c, d, _) = by_variant[1], by_variant[2]
    wrong = {id: (value + 2) % 5 if id[0] == "f" else value for id, value in right(key, 1).items()}
    files = [
        answered(made, a, wrong),
        answered(made, b, wrong, at=(ENDS - timedelta(hours=2)).isoformat()),
    ]
    files += [
        answered(made, c, right(key, 2)),
        answered(made, d, right(key, 2), at=(ENDS - timedelta(hours=2)).isoformat()),
    ]
    notes = {
        one.pseudonym: one.notes
        for one in grade_folder(hand_in(tmp_path / "in", *files), key=key).graded
    }
    assert any(f"the very same answers and errors as {b}" in note for note in notes[a])
    assert not any("errors as" in note for name in (c, d) for note in notes[name])


def test_the_class_report_of_a_pack_compares_learners_of_one_variant(
    made: Made, tmp_path: Path
) -> None:
    key = read_key(made.key)
    files = [
        answered(made, one.pseudonym, right(key, key.variants[one.pseudonym])) for one in key.people
    ]
    report = grade_folder(hand_in(tmp_path / "in", *files), tmp_path / "out", key=key)
    assert len(report.written) == 7 + 24
    assert "1.00 (1.00 to 1.00)" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the instructor's side


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_can_be_read_by_its_owner_alone(made: Made) -> None:
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_a_set_that_can_be_guessed_is_refused_unless_told_and_its_marks_are_corrected(
    made: Made, tmp_path: Path, quick: None
) -> None:
    with pytest.raises(ValueError, match=r"looks at nothing earns \d+ % of this set"):
        make_pack(set_page("marked_reading"), nobody(2), tmp_path / "set", ENDS)
    assert not (tmp_path / "set").exists()
    key = read_key(made.key)
    assert 0.35 < key.blind < 0.7
    assert key.blind == pytest.approx(made.guessing.blind, abs=1e-4)
    assert made.guessing.scripted == 1.0, "every finding is marked: a program can measure them all"
    constant = {item.id: 3 for item in key.exercise.items if item.kind == "score"}
    files = [answered(made, one.pseudonym, constant) for one in key.people]
    best = key.people[0].pseudonym
    files[0] = answered(made, best, right(key, key.variants[best]))
    report = grade_folder(hand_in(tmp_path / "in", *files), tmp_path / "out", key=key)
    mean = np.mean([one.points / one.max_points for one in report.graded[1:]])
    assert mean < key.blind + 0.05, "no constant sheet earns more than the blind figure"
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as book:
        rows = {row["pseudonym"]: row for row in csv.DictReader(book)}
    assert float(rows[best]["chance_corrected"]) == key.exercise.max_points
    others = [float(row["chance_corrected"]) for name, row in rows.items() if name != best]
    assert np.mean(others) < 0.2 * key.exercise.max_points


@pytest.mark.parametrize("seed", [3, 4])
def test_the_reading_test_can_neither_be_guessed_nor_read_off_marks(seed: int) -> None:
    pool = make.draw(set_page("reading_test"), POOL, bytes([seed]) * 32)
    earned = guessing(pool, pool)
    assert earned.blind < figure("assessment.pack.blind").value
    assert earned.scripted == earned.blind, "no finding is marked"
    assert earned.copied < 0.25
    assert earned.alike == ()


def test_a_pack_is_never_made_over_another(made: Made) -> None:
    with pytest.raises(FileExistsError):
        make_pack(set_page("marked_reading"), nobody(2), made.out, ENDS)


def test_names_of_the_roster_stand_in_the_key_and_the_list_of_tickets_and_nowhere_else(
    tmp_path: Path, quick: None
) -> None:
    people = [
        Person("Eva Ott", frozenset({"eva@example.org"})),
        Person("Noor Sané", frozenset({"1002"}), "amber-heron-7"),
    ]
    made = make_pack(
        set_page("marked_reading"), people, tmp_path / "set", ENDS, secret=SECRET, guessable=True
    )
    key = read_key(made.key)
    assert [one.name for one in key.people] == ["Eva Ott", "Noor Sané"]
    assert key.people[1].pseudonym == "amber-heron-7"
    tickets = (made.out / "tickets.csv").read_text(encoding="utf-8-sig")
    assert all(
        name in tickets for name in ("Eva Ott", "eva@example.org", "amber-heron-7", "variant_1.zip")
    )
    for _, _, everything in told(made):
        assert not any(b"Eva Ott" in data or b"eva@" in data for data in everything.values())


def test_each_learner_gets_one_zip_that_is_ready_to_open(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = read_key(made.key)
    with (made.out / "mail.csv").open(encoding="utf-8-sig", newline="") as book:
        mails = {row["pseudonym"]: row for row in csv.DictReader(book)}
    assert set(mails) == set(key.variants)
    name = key.people[5].pseudonym
    with zipfile.ZipFile(made.out / mails[name]["attachment"]) as archive:
        assert sorted(archive.namelist()) == [
            "graded/START.ipynb",
            f"graded/{name}.ticket",
            f"graded/variant_{key.variants[name]}.zip",
        ]
        archive.extractall(tmp_path)
    monkeypatch.chdir(tmp_path / "graded")
    session = open_session()
    assert session.pack.variant == key.variants[name]
    assert session.answers.file.pseudonym == name


def test_the_list_to_mail_from_has_names_and_addresses(tmp_path: Path, quick: None) -> None:
    people = [
        Person("Eva Ott", frozenset({"eva@example.org", "4711"})),
        Person("=SUM(A1)", frozenset({"1002"})),
    ]
    made = make_pack(
        set_page("marked_reading"), people, tmp_path / "set", ENDS, secret=SECRET, guessable=True
    )
    with (made.out / "mail.csv").open(encoding="utf-8-sig", newline="") as book:
        rows = list(csv.DictReader(book))
    assert [(row["name"], row["email"]) for row in rows] == [
        ("Eva Ott", "eva@example.org"),
        ("'=SUM(A1)", ""),
    ]
    if sys.platform != "win32":
        for path in (made.out / "mail.csv", made.out / rows[0]["attachment"]):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_the_disk_has_no_room_for_everyones_zip_it_is_said_before(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_out.shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(ValueError, match="a zip for each of 2 learners needs"):
        make_pack(set_page("marked_reading"), nobody(2), tmp_path / "set", ENDS, guessable=True)
    assert not (tmp_path / "set" / "key.json").exists()


def test_a_case_that_is_computed_as_one_looks_cannot_go_into_a_pack(
    tmp_path: Path, quick: None
) -> None:
    with pytest.raises(ValueError, match="ct_over_time"):
        make_pack(set_page("01_ct_phases"), nobody(2), tmp_path / "set", ENDS, guessable=True)
    assert not (tmp_path / "set" / "key.json").exists()


def test_the_command_says_what_it_made_and_what_is_missing(tmp_path: Path, quick: None) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(
            app, ["pack", "marked_reading", "--out", str(tmp_path / "set"), *words]
        )

    end = ("--ends", ENDS.isoformat())
    assert run(*end).exit_code == 1
    assert "either --roster FILE or --learners" in run(*end).stderr
    assert "no time zone" in run("--ends", "2026-12-01T17:00", "--learners", "3").stderr
    refused = run(*end, "--learners", "3")
    assert refused.exit_code == 1
    assert "--guessable" in refused.stderr
    done = run(*end, "--learners", "3", "--guessable")
    assert done.exit_code == 0, done.output
    assert "Reveal code" in done.stdout
    assert "Who looks at nothing earns up to" in done.stdout
    again = run(*end, "--learners", "3", "--guessable")
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    key = read_key(tmp_path / "set" / "key.json")
    name = key.people[0].pseudonym
    hand_in(
        tmp_path / "in",
        answered(
            Made(tmp_path / "set", Path(), "", 3, 3, Guessing(0, 0, 0, ())),
            name,
            right(key, key.variants[name]),
        ),
    )
    words = [
        "grade",
        str(tmp_path / "in"),
        "--key",
        str(tmp_path / "set" / "key.json"),
        "--out",
        str(tmp_path / "out"),
        "--no-pictures",
    ]
    graded = CliRunner().invoke(app, words)
    assert graded.exit_code == 0, graded.output
    assert "1 of the roster have handed in, 2 have not" in graded.stdout
    assert CliRunner().invoke(app, [*words[:3], str(tmp_path / "in" / "0.json")]).exit_code == 2


def test_an_instant_needs_its_time_zone() -> None:
    assert read_end("2026-12-01T17:00+01:00").utcoffset() == timedelta(hours=1)
    with pytest.raises(ValueError, match="write it like"):
        read_end("tomorrow")
