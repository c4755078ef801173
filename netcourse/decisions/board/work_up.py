"""The tests of a work-up: what each one tells, what it costs, and the shortest way to the verdict
that all of them together give.

Nothing here is a list of answers: a test that has not been done takes what it would tell away from
the patient, and the rules are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from netcourse.decisions.core.decision import CANNOT_DECIDE
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake, reads
from netcourse.decisions.prrt.eligibility import prrt
from netcourse.decisions.tracer.approval import scan_dose_msv
from netcourse.decisions.tracer.choice import tracer
from netcourse.decisions.tracer.question import tracer_question
from netcourse.evidence import figure
from netcourse.patients import Labs, Patient, Uptake


@dataclass(frozen=True)
class Examination:
    """A test that can be ordered: its name, and what it costs in days and mSv (T)."""

    id: str
    name: str
    days: float
    msv: float


TESTS = ("laboratory", "ct", "ssr", "fdg", "mri", "echo")
"""The tests in the order in which a department would think of them."""
_NAMES = {
    "laboratory": "Laboratory",
    "ct": "CT, several phases",
    "ssr": "Receptor PET/CT",
    "fdg": "FDG PET/CT",
    "mri": "MRI of a doubtful lesion",
    "echo": "Echocardiography",
}
_ASKED_BY = {
    "SSR PET/CT": "ssr",
    "FDG PET/CT": "fdg",
    "CT or MRI": "ct",
    "echocardiography": "echo",
}


def examinations() -> dict[str, Examination]:
    """Return every test with its cost.

    >>> [(one.name, round(one.msv)) for one in examinations().values()][:4]
    [('Laboratory', 0), ('CT, several phases', 15), ('Receptor PET/CT', 8), ('FDG PET/CT', 11)]
    """
    low = figure("dose.effective.pet_low_dose").value
    dose = {
        "ct": figure("dose.effective.pet_diagnostic").value,
        "ssr": scan_dose_msv("ga68_dotatoc") + low,
        "fdg": scan_dose_msv("f18_fdg") + low,
    }
    return {
        id: Examination(id, _NAMES[id], figure(f"workup.days.{id}").value, dose.get(id, 0.0))
        for id in TESTS
    }


def cost(done: Iterable[str]) -> tuple[float, float]:
    """Return days and mSv of some tests, one after the other; ValueError for an unknown one.

    >>> cost(["laboratory", "echo"])
    (5.0, 0.0)
    """
    chosen = [_test(id) for id in dict.fromkeys(done)]
    return float(sum(one.days for one in chosen)), sum(one.msv for one in chosen)


def known(patient: Patient, done: Iterable[str]) -> tuple[Patient, tuple[DualUptake, ...]]:
    """Return the patient as far as some tests tell, and what both scans show so far.

    Without laboratory no value is known, without CT neither the course on imaging nor whether it
    can be resected nor the kidneys' drainage, without a PET nothing of its uptake. MRI settles a
    progression that is only suspected.
    """
    there = {_test(id).id for id in done}
    history: dict[str, Any] = {}
    condition: dict[str, Any] = {}
    if "ct" not in there:
        history |= {"course": None, "course_months": None, "resectable": None}
        condition["hydronephrosis"] = None
    elif "mri" in there and not patient.history.course_confirmed:
        history |= {"course_confirmed": True, "course_months": patient.history.course_months or 1.0}
    if "echo" not in there and patient.history.syndrome == "carcinoid":
        condition |= {"carcinoid_heart_disease": None, "nyha": None}
    elif "echo" in there:
        condition["echocardiography_done"] = True
    update: dict[str, Any] = {
        "history": patient.history.model_copy(update=history),
        "condition": patient.condition.model_copy(update=condition),
    }
    if "laboratory" not in there:
        update["labs"] = Labs()
    if "fdg" not in there:
        update["fdg"] = None
    found = reads(patient)
    if "ssr" not in there:  # nor is anything at an atypical site known to be hot
        shown = {read.lesion for read in found}
        update["lesions"] = tuple(one for one in patient.lesions if one.id in shown)
    return patient.model_copy(update=update), tuple(_seen(read, there) for read in found)


def verdict_after(patient: Patient, done: Iterable[str]) -> str:
    """Return what the course's rulebook says of the patient as far as some tests tell.

    >>> from netcourse.patients import generate
    >>> patient = generate("dedifferentiated_metastasis")
    >>> [verdict_after(patient, tests) for tests in ((), ("ssr", "fdg"), ("laboratory", "ct", "ssr"))]
    ['cannot decide', 'cannot decide', 'defer']
    """
    done = tuple(done)
    so_far, found = known(patient, done)
    if patient.lesions and not found and "ssr" not in done:
        # that nothing is left of the tumour is what a receptor scan would have to say
        return CANNOT_DECIDE
    return prrt(so_far, read=found).verdict


def shortest_path(patient: Patient) -> tuple[str, ...]:
    """Return the shortest defensible work-up: the cheapest tests, in days and then mSv, after which
    the verdict is that of all tests.

    The tests that tracer choice asks for first belong to it in any case.

    >>> from netcourse.patients import generate
    >>> [shortest_path(generate(name)) for name in ("colon_nec", "dedifferentiated_metastasis", "ileum_disseminated")]
    [('fdg',), ('laboratory', 'ct', 'ssr', 'fdg'), ('laboratory', 'ct', 'ssr')]
    """
    return _shortest(_Hashed(patient))


class _Hashed:
    """A patient as a key of a cache, by identity of its record in writing."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._key = patient.model_dump_json()

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self._key == other._key


@lru_cache(maxsize=128)
def _shortest(asked: _Hashed) -> tuple[str, ...]:
    patient = asked.patient
    end = verdict_after(patient, TESTS)
    asked_first = tracer(tracer_question(patient)).verdict.split(" + ")
    must = {id for test, id in _ASKED_BY.items() if test in asked_first}
    every = [set(some) | must for n in range(len(TESTS) + 1) for some in combinations(TESTS, n)]
    enough = [some for some in every if verdict_after(patient, some) == end]
    best = min(enough, key=lambda some: (*cost(some), len(some)))
    return tuple(id for id in TESTS if id in best)


def _test(id: str) -> Examination:
    found = examinations().get(id)
    if found is None:
        raise ValueError(f"there is no test '{id}'; tests are {', '.join(TESTS)}")
    return found


def _seen(read: DualUptake, there: set[str]) -> DualUptake:
    """A read as far as the PETs that were done show it."""
    update: dict[str, Any] = {}
    if "fdg" not in there:
        update["fdg"] = None
    if "ssr" not in there:
        update["ssr"] = Uptake(
            suv_max=0,
            diameter_mm=read.ssr.diameter_mm,
            fwhm_mm=read.ssr.fwhm_mm,
            in_liver=read.ssr.in_liver,
        )
    return read.model_copy(update=update)
