"""How long two scans, a patient's grade, the clone model and the labs over them take: `python
benchmarks/two_tracers.py`.

Prints ratios measured in this one run: FDG PET beside receptor PET, and each figure against the
course's promise.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import timing

from netcourse.decisions.heterogeneity import netpet
from netcourse.patients import generate
from netcourse.reading.lab import Model
from netcourse.reading.lessons.heterogeneity import BiopsyLab, ColdClone, DualTracer, TherapyLab
from netcourse.scanner import scan
from netcourse.simulation.follow_up import patient_course
from netcourse.simulation.therapy import demonstration
from netcourse.simulation.trial import trial

ROUNDS = 5
best = partial(timing.best, rounds=ROUNDS)


def turned(model: Model, parameter: str, low: float, step: float) -> Callable[[], object]:
    """What a hand on a slider asks of Python: each time another value, the new figure and the new
    result.
    """
    at = [low]

    def run() -> object:
        at[0] += step
        model.set(**{parameter: round(at[0], 3)})
        return model.draw(), model.result

    return run


def main() -> None:
    few, many, halves = (
        generate(name) for name in ("ileum_disseminated", "liver_many_fast", "cold_half")
    )
    ssr = best(lambda: scan(few, ["PT"]))
    rows = {
        "receptor PET, 4 lesions": (ssr, 0.5),
        "FDG PET, 4 lesions": (best(lambda: scan(few, ["FDG"])), 0.5),
        "FDG PET, two clones": (best(lambda: scan(halves, ["FDG"])), 0.5),
        "NETPET grade, 15 lesions": (best(lambda: netpet(many)), 0.05),
        "one lesion's curve": (best(lambda: demonstration(0.01).ttp_months), 0.05),
        "one patient's curve": (best(lambda: patient_course(few).ttp_months), 0.05),
        "trial, 2 × 400 patients": (best(lambda: trial().table), 2.0),
        "slider: cold cells": (best(turned(ColdClone(), "cold_percent", 0, 0.1)), 0.05),
        "slider: second scan": (best(turned(TherapyLab(halves), "months", 0, 1)), 0.05),
        "slider: radiosensitivity": (
            best(turned(TherapyLab(halves, months=9), "alpha_per_gy", 0, 0.005)),
            0.05,
        ),
        "slider: a lesion in the plane": (best(turned(DualTracer(few), "ssr", 3, 0.1)), 0.05),
        "slider: needle": (best(turned(BiopsyLab(halves), "needle", 1, 1)), 0.05),
    }
    for name, (seconds, promised) in rows.items():
        print(
            f"{name:30} {1000 * seconds:8.1f} ms  {seconds / ssr:7.3f} × receptor PET "
            f" {seconds / promised:5.2f} × promised"
        )


if __name__ == "__main__":
    main()
