"""The drill's page, driven as its messages drive it: nothing is told before signing, everything
after.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from netcourse.assessment.drill import (
    TOPICS,
    Drill,
    DrillLog,
    Reading,
    drill_case,
    next_case,
    round_case,
    score,
)
from netcourse.assessment.drill.told import told
from netcourse.patients import Patient, places
from netcourse.patients.composer import case_kind
from netcourse.scanner.study import Study, Volume

EMPTY = np.zeros((260, 80, 100), np.float32)
# The first reader who begins with a patient who has something to find and something benign.
FIRST_SEED = next(
    seed
    for seed in range(1, 400)
    if len((case := drill_case(next_case(seed, []).seed)).targets) >= 2 and case.benign
)


def blank(patient: Patient) -> Study:
    """Pictures that show nothing: what the page does does not hang on them."""
    volume = Volume("PT", EMPTY, (10.0, 10.0, 10.0), (-600.0, -400.0, -500.0), "SUV", "PET")
    return Study(patient.id, patient.title, {"PT": volume})


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "the drill does not go on"
        time.sleep(0.02)


def opened(path: Path | None = None) -> Drill:
    """A drill whose first case is shown and whose next is ready."""
    drill = Drill(DrillLog(path, first_seed=FIRST_SEED), blank)
    until(lambda: drill.phase == "reading" and drill.column.state["next"])
    return drill


def say(drill: Drill, **message: object) -> str:
    """What the page sends, and what it is told."""
    drill._heard(drill.column, message, [])
    return str(drill.column.state["say"])


def read_rightly(drill: Drill, but: int = 0) -> None:
    """Mark and score every lesion to be found but the first so many, by the page's messages."""
    assert drill._choice is not None
    case = drill_case(drill._choice.seed)
    for n, one in enumerate(case.targets[but:]):
        assert drill.viewer is not None
        drill.viewer.mark_mm = case.positions[one.id]
        assert drill.viewer.mark_mm is None
        assert say(drill, do="score", mark=n, name="krenning", value=case.krenning(one.id)) == ""
        category = case.category(one.id).verdict
        assert say(drill, do="score", mark=n, name="category", value=category) == ""
    if not case.targets[but:]:
        say(drill, do="fill", name="none", value=True)
    for name, value in (
        ("overall", case.overall),
        ("step", case.step.verdict),
        ("confidence", "sure"),
    ):
        assert say(drill, do="fill", name=name, value=value) == ""


def test_what_the_browser_gets_before_signing_tells_nothing() -> None:
    drill = opened()
    assert drill._choice is not None
    case = drill_case(drill._choice.seed)
    sent = json.dumps(
        [
            {
                name: value
                for name, value in widget.get_state().items()
                if name[:4] not in ("_esm", "_css")
            }
            for widget in (drill.column, *drill._viewers)
        ],
        default=str,
    )
    for lesion in case.patient.lesions:
        assert lesion.where not in sent
        assert f'"{lesion.id}"' not in sent
        z, y, x = case.positions[lesion.id]
        assert f"{z}, {y}, {x}" not in sent
    assert case.patient.history.story in sent
    assert "findings" not in drill.column.state


def test_a_case_is_read_signed_and_told_and_the_next_is_there_at_once(tmp_path: Path) -> None:
    drill = opened(tmp_path / "drill.json")
    case = drill_case(drill._choice.seed)  # type: ignore[union-attr]
    read_rightly(drill, but=1)
    assert say(drill, do="sign") == ""
    assert drill.phase == "signed"
    assert drill.scores[0].missed == (case.targets[0].id,)
    kinds = [marker.kind for marker in drill.viewer.markers]  # type: ignore[union-attr]
    assert kinds[0] == "missed"
    assert kinds.count("found") == len(case.targets) - 1
    assert drill.viewer.crosshair_mm == case.positions[case.targets[0].id]  # type: ignore[union-attr]
    assert drill.column.state["findings"][0]["sign"] == "missed"
    assert DrillLog(tmp_path / "drill.json").readings == (drill.scores[0].reading,)
    shown = drill.viewer
    assert say(drill, do="next") == ""
    assert (drill.phase, drill.viewer is shown) == ("reading", False)
    assert drill.marks == []
    assert "findings" not in drill.column.state


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"do": "sign"}, "Not signed yet: mark a lesion, or say that there is none"),
        ({"do": "fill", "name": "overall", "value": "9"}, "must be one of 1, 2, 3, 4, 5"),
        ({"do": "next"}, "This case is not signed yet"),
        ({"do": "remove", "mark": 4}, "there is no mark 5; there are 0"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page(
    message: dict[str, object], complaint: str
) -> None:
    drill = opened()
    assert complaint in say(drill, **message)
    assert drill.phase == "reading"


def test_a_mark_without_scores_is_named_and_nothing_is_kept() -> None:
    drill = opened()
    read_rightly(drill)
    drill.mark((0.0, 0.0, 0.0))
    assert f"mark {len(drill.marks)} has no scores" in say(drill, do="sign")
    assert drill.kept.readings == ()
    assert say(drill, do="fill", name="none", value=True).startswith("There are marks")


def test_a_signed_case_cannot_be_changed() -> None:
    drill = opened()
    read_rightly(drill)
    drill.sign()
    assert "nothing can be changed" in say(drill, do="mark", point=[0.0, 0.0, 0.0])
    assert "nothing can be changed" in say(drill, do="sign")
    assert len(drill.scores) == 1


def test_after_a_kill_the_same_case_is_on_the_page_again(tmp_path: Path) -> None:
    drill = opened(tmp_path / "drill.json")
    read_rightly(drill)
    drill.sign()
    drill.go_on()
    again = Drill(DrillLog(tmp_path / "drill.json"), blank)
    until(lambda: again.phase == "reading")
    assert again._choice == drill._choice
    assert repr(again) == "Drill(case 2, 1 signed, SYNTHETIC)"


def test_enter_before_the_pictures_are_there_waits_for_them() -> None:
    drill = opened()
    read_rightly(drill)
    drill.sign()
    drill.go_on()
    read_rightly(drill)
    drill.sign()
    drill.go_on()
    until(lambda: drill.phase == "reading")
    assert len(drill.scores) == 2


def test_moving_the_crosshair_to_a_finding_tells_of_it() -> None:
    drill = opened()
    read_rightly(drill)
    drill.sign()
    rows = told(drill.scores[0])
    drill.viewer.crosshair_mm = rows[1].point_mm  # type: ignore[union-attr]
    assert drill.column.state["at"] == 1


def test_pictures_that_cannot_be_made_are_said_on_the_page() -> None:
    def broken(patient: Patient) -> Study:
        raise MemoryError("no room")

    drill = Drill(DrillLog(None, first_seed=FIRST_SEED), broken)
    until(lambda: "could not be made" in str(drill.column.state["say"]))


@pytest.mark.parametrize("seed", range(1, 40))
def test_every_finding_is_told_with_its_place_and_scores(seed: int) -> None:
    case = drill_case(seed)
    blank_reading = {"marks": [], "overall": "1", "step": "nothing more", "confidence": "sure"}
    reading = {"seed": seed, "seconds": 9, "signed": "2026-01-01T00:00:00+00:00"} | blank_reading
    found = told(score(Reading.model_validate(reading)))
    assert len(found) == len(case.patient.lesions)
    for one in found:
        assert one.rule
        assert "SSTR-RADS" in one.what
        assert any(place.label.lower() in one.what.lower() for place in places().values())
    assert [one.sign for one in found] == ["missed"] * len(case.targets) + ["benign"] * len(
        case.benign
    )
    assert case_kind(seed) != "normal" or found == ()


def begun(path: Path | None = None, cases: int = 2) -> Drill:
    """A round on the Krenning score whose first case is shown."""
    drill = Drill(DrillLog(path, first_seed=FIRST_SEED), blank, "krenning", cases)
    drill.begin()
    until(lambda: drill.phase == "reading")
    return drill


def sign_next(drill: Drill) -> None:
    until(lambda: drill.phase == "reading")
    read_rightly(drill)
    drill.sign()


def test_a_round_makes_no_pictures_before_it_is_begun() -> None:
    scanned: list[str] = []

    def noting(patient: Patient) -> Study:
        scanned.append(patient.id)
        return blank(patient)

    drill = Drill(DrillLog(None, first_seed=FIRST_SEED), noting, "krenning")
    time.sleep(0.2)
    assert (drill.phase, scanned) == ("closed", [])
    assert "line of the score" in drill.column.state["about"]
    assert say(drill, do="sign") == "This round has not begun."
    assert say(drill, do="begin") == ""
    until(lambda: drill.phase == "reading")
    assert scanned


def test_a_round_ends_says_what_came_of_it_and_another_one_can_follow(tmp_path: Path) -> None:
    drill = begun(tmp_path / "drill.json")
    sign_next(drill)
    assert drill.column.state["round"] == ""
    drill.go_on()
    sign_next(drill)
    told_of = drill.column.state["round"]
    assert told_of.startswith("Your round: ")
    assert "0 false marks, 0 of 2 cases with an error" in told_of
    assert drill.column.state["next"] is False, "pictures that nobody asked for"
    seeds = {one.reading.seed for one in drill.scores}
    again = Drill(DrillLog(tmp_path / "drill.json"), blank, "krenning", 2)
    assert (again.phase, again.column.state["round"]) == ("closed", told_of)
    drill.go_on()
    until(lambda: drill.phase == "reading")
    assert drill._choice is not None
    assert drill._choice.seed not in seeds
    assert {one.topic for one in DrillLog(tmp_path / "drill.json").readings} == {"krenning"}


def test_a_round_that_was_left_goes_on_with_the_case_that_was_on_the_page(tmp_path: Path) -> None:
    drill = begun(tmp_path / "drill.json", cases=3)
    sign_next(drill)
    drill.go_on()
    until(lambda: drill.phase == "reading")
    again = begun(tmp_path / "drill.json", cases=3)
    assert again._choice == drill._choice
    assert again.column.state["number"] == 2


def test_a_round_and_the_drill_keep_to_one_file_and_one_curve(tmp_path: Path) -> None:
    sign_next(begun(tmp_path / "drill.json"))
    drill = opened(tmp_path / "drill.json")
    read_rightly(drill)
    drill.sign()
    assert [one.topic for one in drill.kept.readings] == ["krenning", ""]
    assert drill.curve.blocks[0].last == 2
    assert drill.column.state["round"] == ""


@pytest.mark.parametrize("about", TOPICS)
def test_the_cases_of_a_round_are_of_its_topic_and_some_are_normal(about: str) -> None:
    cases = [
        drill_case(round_case(1 + 5000 * reader, [], n, about).seed)
        for reader in range(25)
        for n in range(3)
    ]
    normal = sum(not case.patient.lesions for case in cases)
    assert 4 <= normal <= 20
    assert sum(TOPICS[about].fits(case) for case in cases if case.patient.lesions) == 75 - normal
    assert len({case.patient.id for case in cases}) == 75


def test_a_round_on_nothing_or_of_nothing_is_refused() -> None:
    log = DrillLog(None, first_seed=FIRST_SEED)
    with pytest.raises(KeyError, match="no topic 'liver'; there are ct_phases"):
        Drill(log, blank, "liver")
    with pytest.raises(ValueError, match="a round of 0 cases"):
        Drill(log, blank, "krenning", 0)


def test_every_lesson_ends_with_a_round_of_its_own() -> None:
    lessons = Path(__file__).parents[1] / "notebooks"
    found = [
        about
        for about in TOPICS
        for path in lessons.glob("0*.ipynb")
        if f'nc.drill(topic=\\"{about}\\")' in path.read_text(encoding="utf-8")
    ]
    assert sorted(found) == sorted(TOPICS)
