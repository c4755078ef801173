"""How long the rulebooks of radioligand therapy and the labs over them take: `python
benchmarks/eligibility.py`.

Prints what was measured in this one run, against the verdict without flips and against the course's
promise.
"""

from __future__ import annotations

import itertools
from functools import partial

import timing

from netcourse.decisions.board.work_up import shortest_path
from netcourse.decisions.prrt import prrt, prrt_table
from netcourse.patients import generate
from netcourse.reading.lab import Lab
from netcourse.reading.lessons.board import TumourBoard
from netcourse.reading.lessons.prrt import Eligibility, KidneyDose

ROUNDS = 7
best = partial(timing.best, rounds=ROUNDS)


def main() -> None:
    few, many = generate("ileum_disseminated"), generate("liver_many_fast")
    sheet, kidneys = Lab(Eligibility(["ileum_disseminated", "ileum_obstructed"])), Lab(KidneyDose())
    board = Lab(TumourBoard([("dedifferentiated_metastasis", 0)], ssr=True, board=True))
    values, seeds = itertools.cycle((80, 90, 120, 60)), itertools.count(1)
    bare = best(lambda: prrt(few))
    rows = {
        "one verdict": (bare, 0.05),
        "one verdict with what would change it": (best(lambda: prrt(few)), 0.05),
        "the same, 15 lesions": (best(lambda: prrt(many)), 0.25),
        "five rulebooks": (best(lambda: prrt_table(few)), 0.05),
        "sheet: one turn of a parameter": (
            best(lambda: sheet.model.set(platelets=next(values))),
            0.05,
        ),
        "kidneys: one turn of a parameter": (
            best(lambda: kidneys.model.set(kidney=next(values) / 100)),
            0.05,
        ),
        "board: one test more": (best(lambda: board.model.set(fdg=not board.model.fdg)), 0.05),
        "shortest work-up of a new patient": (
            best(lambda: shortest_path(generate("pancreas_new", next(seeds)))),
            0.5,
        ),
    }
    for name, (seconds, promised) in rows.items():
        print(
            f"{name:40} {1000 * seconds:8.1f} ms  {seconds / bare:7.1f} × one verdict "
            f" {seconds / promised:5.2f} × promised"
        )


if __name__ == "__main__":
    main()
