"""The patients of the drill: valid, drawn at the published rates, and referred without a hint."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from itertools import combinations
from math import dist, sqrt

import pytest

from netcourse.decisions.somatostatin import krenning, rads_finding, sstr_rads
from netcourse.evidence import figure, figures
from netcourse.patients import Patient, fingerprint, generate, places
from netcourse.patients.composer import case_kind, compose, homes, mimic_of, mimics
from netcourse.patients.truth import is_tumour, nature
from netcourse.scanner import positions
from netcourse.scanner.body.warp import Warp

MANY = 2000


@cache
def patients() -> tuple[Patient, ...]:
    return tuple(compose(seed) for seed in range(1, MANY + 1))


def with_tumour() -> list[Patient]:
    return [one for one in patients() if case_kind(one.seed) == "tumour"]


def metastases(patient: Patient, organ: str) -> list[str]:
    return [
        lesion.id
        for lesion in patient.lesions
        if is_tumour(lesion) and lesion.id != "P1" and places()[lesion.place].part_of == organ
    ]


def is_near(found: int, of: int, percent: float) -> bool:
    """Whether a count agrees with a rate: within four standard errors."""
    share = percent / 100
    return abs(found - of * share) < 4 * sqrt(of * share * (1 - share))


def test_the_scanner_has_a_body_for_300_patients() -> None:
    for patient in patients()[:300]:
        assert Warp.of(patient).stature > 0


def test_every_finding_of_300_patients_gets_a_score_and_a_category_from_the_rules() -> None:
    for patient in patients()[:300]:
        for lesion in patient.lesions:
            assert krenning(patient.uptake(lesion)).decided, (patient, lesion.id)
            assert sstr_rads(rads_finding(patient, lesion)).decided, (patient, lesion.id)


def test_a_seed_gives_the_same_patient_for_ever() -> None:
    known = ["8e1df5a56f64", "ae4649b14c27", "ac3fd66ac9aa"]
    assert [fingerprint(compose(seed)) for seed in (1, 2, 12)] == known
    assert len({fingerprint(one) for one in patients()}) == MANY


def test_a_seed_below_1_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        compose(0)


@pytest.mark.parametrize("kind", ["normal", "mimics"])
def test_so_many_cases_have_nothing_or_only_mimics(kind: str) -> None:
    found = sum(case_kind(one.seed) == kind for one in patients())
    assert is_near(found, MANY, figure(f"compose.case.{kind}").value)


def test_a_case_holds_what_its_kind_says() -> None:
    for patient in patients():
        tumour, other = (
            [one for one in patient.lesions if is_tumour(one) is wanted] for wanted in (True, False)
        )
        kind = case_kind(patient.seed)
        assert bool(tumour) == (kind == "tumour")
        assert kind == "tumour" or bool(other) == (kind == "mimics")
        assert all((mimic_of(one) is None) == is_tumour(one) for one in patient.lesions)


@pytest.mark.parametrize("site", figures("compose.primary"))
def test_primaries_come_as_often_as_in_the_registry(site: str) -> None:
    rates = {id: found.value for id, found in figures("compose.primary").items()}
    found = sum(one.pathology.site == site for one in patients())
    assert is_near(found, MANY, 100 * rates[site] / sum(rates.values()))


@pytest.mark.parametrize(
    ("organ", "from_lung"), [("liver", False), ("liver", True), ("lung", None), ("bone", None)]
)
def test_metastases_come_to_an_organ_as_often_as_in_the_registries(
    organ: str, from_lung: bool | None
) -> None:
    distant = [
        one
        for one in with_tumour()
        if any(metastases(one, other) for other in ("liver", "lung", "bone", "peritoneum"))
        and from_lung in (None, one.pathology.site == "lung")
    ]
    rate = figure(f"compose.organ.{organ}{'_from_lung' if from_lung else ''}").value
    found = sum(bool(metastases(one, organ)) for one in distant)
    assert is_near(found, len(distant), rate)


@pytest.mark.parametrize("id", mimics())
def test_mimics_come_as_often_as_published(id: str) -> None:
    can = [one for one in with_tumour() if mimics()[id].sex in (None, one.sex)]
    found = sum(any(mimic_of(x) is mimics()[id] for x in one.lesions) for one in can)
    assert is_near(found, len(can), 100 * mimics()[id].share)


def test_uptake_reaches_from_below_liver_to_above_spleen_in_every_organ_that_is_common() -> None:
    for organ in ("liver", "nodes"):
        scores = Counter(
            krenning(one.uptake(id)).verdict
            for one in with_tumour()
            for id in metastases(one, organ)
        )
        assert {"1", "2", "3", "4"} <= set(scores)


@pytest.mark.parametrize(
    ("organ", "low", "middle", "high"), [("liver", 2.3, 4.8, 12.4), ("spleen", 5.4, 16.0, 34.4)]
)
def test_organs_of_81_patients_differ_as_much_as_published(
    organ: str, low: float, middle: float, high: float
) -> None:
    """Median and range of 81 patients (source Var); those on an analogue take up less."""
    without = [one.ssr.suv[organ] for one in patients() if one.earlier_ssr is None]
    found = sorted(without[:81])
    assert middle == pytest.approx(found[40], rel=0.1)
    assert 0.8 * low < found[0] < 2 * low
    assert high / 2 < found[-1] < 1.2 * high


def test_liver_and_spleen_of_a_patient_are_high_together_in_part() -> None:
    livers, spleens = (
        [math.log(one.ssr.suv[organ]) for one in patients()] for organ in ("liver", "spleen")
    )
    assert 0.4 < statistics.correlation(livers, spleens) < 0.75


def test_the_referral_is_the_same_whatever_the_pictures_hold() -> None:
    """Each reason for referral comes equally often in all kinds of cases."""
    told = Counter(
        (case_kind(one.seed), one.history.story.split("NET G")[1][3:].split(" On ")[0])
        for one in patients()
    )
    kinds = Counter(case_kind(one.seed) for one in patients())
    for reason in {reason for _, reason in told}:
        rate = 100 * sum(told[kind, reason] for kind in kinds) / MANY
        for kind, of in kinds.items():
            assert is_near(told[kind, reason], of, rate), (kind, reason)


def test_neither_title_nor_referral_names_a_finding() -> None:
    words = {place.label.split()[-1] for place in places().values()} | {"metasta", "SUV", "lesion"}
    for patient in patients()[:300]:
        told = f"{patient.title} {patient.history.story}"
        assert [word for word in words if word in told] == []


def test_no_lesion_hides_in_another_and_few_touch() -> None:
    touching = 0
    for patient in patients()[:30]:
        where = positions(patient)
        for one, other in combinations(patient.lesions, 2):
            apart = dist(where[one.id], where[other.id])
            assert apart > max(one.size_mm, other.size_mm) / 2, (patient, one.id, other.id)
            touching += apart < (one.size_mm + other.size_mm) / 2
    assert touching <= 2


def test_a_new_place_of_an_organ_takes_its_metastases() -> None:
    for organ in ("liver", "nodes", "bone", "lung", "peritoneum"):
        typical = {id for id, place in places().items() if place.part_of == organ and place.typical}
        assert set(homes(organ, "male")) <= typical
        assert len(typical - set(homes(organ, "male"))) <= 2
        assert homes(organ, "female")


def test_rare_places_come_now_and_then_and_an_ovary_to_women_alone() -> None:
    rare = [
        (one.sex, x.place)
        for one in with_tumour()
        for x in one.lesions
        if places()[x.place].part_of in ("ovary", "orbit", "heart")
    ]
    assert {place for _, place in rare} == {"ovary_right", "orbit_left", "heart"}
    assert 0.01 < len(rare) / len(with_tumour()) < 0.06
    assert ("male", "ovary_right") not in rare
    with pytest.raises(ValueError, match="a male patient has no right ovary"):
        generate("lung_typical").model_validate(
            generate("lung_typical").model_dump()
            | {
                "lesions": [
                    {
                        "id": "O1",
                        "place": "ovary_right",
                        "size_mm": 9,
                        "ssr_suv": 9,
                        "pattern": "soft_tissue",
                    }
                ]
            }
        )


def test_a_lesion_is_no_larger_than_its_place_has_room_for() -> None:
    tight = {id: place.most_mm for id, place in places().items() if place.most_mm}
    found = [x for one in patients() for x in one.lesions if x.place in tight]
    assert len({x.place for x in found}) > len(tight) / 2
    assert [x for x in found if x.size_mm > (tight[x.place] or 0)] == []


def test_every_place_that_is_named_for_the_drill_is_known() -> None:
    file = resources.files("netcourse.patients") / "composer.toml"
    rows = tomllib.loads(file.read_text(encoding="utf-8"))
    named = {place for one in rows["primary"].values() for place in one["places"] + one["basin"]}
    named |= {place for one in rows["mimic"].values() for place in one["places"]}
    assert named | set(rows["never"]) <= set(places())


def test_every_mimic_is_other_than_a_net() -> None:
    kinds = {nature(x) for one in patients() for x in one.lesions if mimic_of(x)}
    assert kinds == {"physiologic", "other"}
