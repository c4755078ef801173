"""What the simulated board says of a patient, and the work-up beside the shortest one."""

from __future__ import annotations

from html import escape

from netcourse.decisions.board.voices import arguments, voices
from netcourse.decisions.board.work_up import cost, examinations, shortest_path
from netcourse.decisions.core import DISCLAIMER
from netcourse.patients import Patient
from netcourse.reading.lab.prose import Prose, table


def board_heard(patient: Patient) -> Prose:
    """Return the four voices and where they argue."""
    said, argued = voices(patient), arguments(patient)
    rows = [(f"<strong>{one.who}</strong>", escape(one.says), ", ".join(one.rules)) for one in said]
    plain = "\n".join(
        [*(f"{one.who}: {one.says}" for one in said), *(f"! {one}" for one in argued)]
    )
    items = "".join(f"<li>{escape(one)}</li>" for one in argued) or "<li>Nobody argues.</li>"
    shown = (
        f"{table(('Voice', 'Says', 'Rules'), rows)}<p><strong>Where they"
        f" argue</strong></p><ul>{items}</ul>"
    )
    return Prose(plain, f"{shown}<p><small>{DISCLAIMER}</small></p>")


def shortest_paths(*patients: Patient) -> Prose:
    """Return the shortest defensible work-up of each patient, with its cost in days and mSv (T)."""
    plain, rows = [], []
    for patient in patients:
        path = shortest_path(patient)
        days, msv = cost(path)
        names = ", ".join(examinations()[id].name for id in path) or "no test"
        plain.append(f"{patient.title}: {names}; {days:.0f} days, {msv:.0f} mSv [T]")
        rows.append(
            (
                f"<strong>{escape(patient.title)}</strong>",
                escape(names),
                f"{days:.0f}",
                f"{msv:.0f}",
            )
        )
    return Prose(
        "\n".join(plain),
        table(("Patient", "Tests", "Days (T)", "mSv"), rows)
        + f"<p><small>{DISCLAIMER}</small></p>",
    )
