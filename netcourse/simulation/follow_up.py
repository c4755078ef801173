"""A patient under radioligand therapy: the target lesions over time, and the same patient later,
for follow-up pictures. All T.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from netcourse.evidence import figure
from netcourse.patients.generator import Draws
from netcourse.patients.model import CloneB, Lesion, Patient, places
from netcourse.patients.truth import Truth, clone_b_fraction, is_tumour, nature
from netcourse.simulation.therapy import DAYS_PER_MONTH, Biology, Course, Prrt, course

_VISIBLE_CLONE = 0.02  # a hidden clone B below this share of a lesion makes no part of its own
_MOST_CLONE = 0.98
_LARGEST_MM = 150.0
_NODES = ("mesentery", "mesentery_ileal")


def targets(patient: Patient) -> tuple[Lesion, ...]:
    """Return the target lesions by RECIST 1.1: measurable, the largest first, few per organ; bone
    is not measurable.

    >>> from netcourse.patients.generator import generate
    >>> [lesion.id for lesion in targets(generate("ileum_disseminated"))]
    ['L2', 'L1', 'N1']
    """
    most, per_organ = int(figure("recist.targets").value), int(figure("recist.per_organ").value)
    chosen: list[Lesion] = []
    for lesion in sorted(patient.lesions, key=lambda lesion: -lesion.size_mm):
        organ = _organ(lesion)
        smallest = figure("recist.node_target" if organ == "nodes" else "recist.target").value
        measurable = (
            is_tumour(lesion)
            and organ != "bone_marrow"
            and lesion.pattern != "occult"
            and lesion.size_mm >= smallest
        )
        if measurable and sum(_organ(other) == organ for other in chosen) < per_organ:
            chosen.append(lesion)
    return tuple(chosen[:most])


def patient_course(
    patient: Patient,
    prrt: Prrt | None = None,
    alpha: float | None = None,
    lesions: Iterable[Lesion] | None = None,
) -> Course:
    """Follow a patient's target lesions (or some others) under therapy; ValueError for a patient
    without any.

    The dose follows the receptor scan's uptake, growth the grade; `alpha` is how radiosensitive the
    tumour is, 1/Gy, by default the model's. A lesion without a clone B of its own has the model's
    hidden one.

    >>> from netcourse.patients.generator import generate
    >>> patient_course(generate("ileum_disseminated"))
    Course of 3 lesions: best -15 %, progression at 27.8 months [T]
    """
    chosen = tuple(targets(patient) if lesions is None else lesions)
    if not chosen:
        raise ValueError(f"patient {patient.id} has no target lesion")
    per_suv = _model("dose_per_suv")
    clones = [lesion.clone_b for lesion in chosen]
    biology = Biology(
        doubling_a_days=_doubling(patient),
        gy_per_gbq=per_suv * np.array([lesion.ssr_suv for lesion in chosen]),
        gy_per_gbq_b=per_suv * np.array([_uptake_b(lesion) for lesion in chosen]),
        crossfire=np.array([_model("crossfire") if b and not b.side else 0.0 for b in clones]),
    )
    if alpha is not None:
        biology = replace(biology, alpha_per_gy=alpha)
    share = np.array([clone_b_fraction(lesion) or _model("clone_b") for lesion in chosen])
    return course(
        np.array([lesion.size_mm for lesion in chosen]),
        share,
        biology,
        prrt,
        [lesion.id for lesion in chosen],
    )


def follow_up(
    patient: Patient, months: float, prrt: Prrt | None = None, alpha: float | None = None
) -> Patient:
    """Return the same patient some months after the first cycle, for follow-up pictures; ValueError
    as in `Course.place`.

    Lesions have their new size, clones their new shares; uptake falls with the living cells. A
    hidden clone B that has grown out lies on a side of its own. Lesions that have become too small
    to be seen are gone.

    >>> from netcourse.patients.generator import generate
    >>> before = generate("dedifferentiated_metastasis")
    >>> after = follow_up(before, 9)
    >>> [(id, round(before.lesion(id).size_mm), round(after.lesion(id).size_mm)) for id in ("P1", "L1", "L2")]
    [('P1', 35, 33), ('L1', 30, 29), ('L2', 28, 60)]
    """
    prrt = prrt or Prrt()
    tumours = [lesion for lesion in patient.lesions if is_tumour(lesion)]
    if not tumours:
        raise ValueError(f"patient {patient.id} has no lesion that therapy acts on")
    run = patient_course(patient, prrt, alpha, tumours)
    place = run.place(months)
    later = {lesion.id: _later(patient, lesion, run, n, place) for n, lesion in enumerate(tumours)}
    found = (later.get(lesion.id, lesion) for lesion in patient.lesions)
    history = patient.history.model_copy(
        update={
            "prrt_cycles": (
                patient.history.prrt_cycles + int((prrt.starts <= months * DAYS_PER_MONTH).sum())
            )
        }
    )
    return patient.model_copy(
        update={
            "title": f"{patient.title}, {months:g} months after the first cycle",
            "lesions": tuple(lesion for lesion in found if lesion is not None),
            "history": history,
            "earlier_ssr": patient.ssr,
        }
    )


def _later(patient: Patient, lesion: Lesion, run: Course, n: int, place: int) -> Lesion | None:
    """One lesion at a later time."""
    a, b, dead_a, dead_b = (
        float(part[n, place]) for part in (run.clone_a, run.clone_b, run.dead_a, run.dead_b)
    )
    size = round(min(float(run.diameter_mm[n, place]), _LARGEST_MM), 1)
    if size < _model("visible"):
        return None
    lives_a, lives_b = (
        living / (living + dead) if living + dead > 0 else 0.0
        for living, dead in ((a, dead_a), (b, dead_b))
    )
    share = (b + dead_b) / (a + b + dead_a + dead_b)
    if nature(lesion) == "dedifferentiated":
        return _dimmed(lesion, lives_b, {"size_mm": size})
    clone = lesion.clone_b or _hidden(patient, lesion)
    clone = clone.model_copy(
        update={"ssr_suv": _dim(clone.ssr_suv, lives_b), "fdg_suv": _dim(clone.fdg_suv, lives_b)}
    )
    if share > _MOST_CLONE:
        turned = {
            "ssr_suv": clone.ssr_suv,
            "ki67_percent": clone.ki67_percent,
            "pattern": clone.pattern or lesion.pattern,
        }
        fdg = clone.fdg_suv if lesion.fdg_suv is not None else None
        return lesion.model_copy(
            update=turned
            | {
                "size_mm": size,
                "fdg_suv": fdg,
                "clone_b": None,
                "truth": Truth(nature="dedifferentiated"),
            }
        )
    kept = (
        clone.model_copy(update={"fraction": round(share, 4)}) if share >= _VISIBLE_CLONE else None
    )
    return _dimmed(lesion, lives_a, {"size_mm": size, "clone_b": kept})


def _dimmed(lesion: Lesion, lives: float, update: dict[str, Any]) -> Lesion:
    """The lesion with the uptake of what still lives in it."""
    fdg = None if lesion.fdg_suv is None else _dim(lesion.fdg_suv, lives)
    return lesion.model_copy(
        update=update
        | {
            "ssr_suv": _dim(lesion.ssr_suv, lives),
            "fdg_suv": fdg,
            "living": round(lives, 3),
        }
    )


def _dim(suv: float, lives: float) -> float:
    """The uptake of a tissue of which a share lives and the rest is scar."""
    return round(lives * suv + (1 - lives) * min(suv, _model("suv_scar")), 3)


def _hidden(patient: Patient, lesion: Lesion) -> CloneB:
    """The clone that no scan shows at the start, as it shows once it has grown: on one side, cold
    on SSR, hot on FDG.
    """
    side = Draws("clone", patient.id, lesion.id).in_ball("side")
    return CloneB(
        fraction=_model("clone_b"),
        ssr_suv=_model("suv_b.ssr"),
        fdg_suv=_model("suv_b.fdg"),
        ki67_percent=_model("ki67_b"),
        side=side if any(side) else (1.0, 0.0, 0.0),
        pattern="hypo_hypo" if lesion.in_liver else None,
    )


def _uptake_b(lesion: Lesion) -> float:
    """The SSR uptake of a lesion's clone B: its own, of a lesion that is all clone B the lesion's,
    of a hidden one none.
    """
    if nature(lesion) == "dedifferentiated":
        return lesion.ssr_suv
    return lesion.clone_b.ssr_suv if lesion.clone_b else 0.0


def _doubling(patient: Patient) -> float:
    """The doubling time of clone A, days: by differentiation and the higher of both counts."""
    pathology = patient.pathology
    if pathology.differentiation == "poor":
        return _model("doubling_nec")
    counts = (pathology.ki67_percent, pathology.mitoses_per_2mm2)
    highest = max((count for count in counts if count is not None), default=0.0)
    return _model("doubling_g3" if highest > figure("grade.g2.to").value else "doubling")


def _organ(lesion: Lesion) -> str:
    """The organ by which target lesions are counted; all nodes are one."""
    if "node" in lesion.where or lesion.place in _NODES:
        return "nodes"
    return places()[lesion.place].tissue


def _model(id: str) -> float:
    return figure(f"therapy.model.{id}").value
