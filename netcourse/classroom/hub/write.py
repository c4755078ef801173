"""What one needs to run the course for a class on a JupyterHub: configuration, codes, prewarming,
and the sums.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from netcourse.assessment.answers.pseudonym import new_pseudonym
from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.hub.codes import new_roster
from netcourse.classroom.report.tables import cell

FILES = ("jupyterhub_config.py", "prewarm.py", "values.yaml", "Dockerfile", "HUB.md")
PORT = 10101


def write_hub(out: Path, people: Sequence[Person], version: str, port: int = PORT) -> list[str]:
    """Write the kit into a new folder and return the instructor's user name and code first, then
    what was written.

    Raises FileExistsError where a roster is there already: its codes would no longer fit.
    """
    out = out.resolve()
    if (out / "roster.json").exists():
        raise FileExistsError(17, "is there already", str(out / "roster.json"))
    out.mkdir(parents=True, exist_ok=True)
    instructor = new_pseudonym()
    names = [instructor, *(one.pseudonym or new_pseudonym() for one in people)]
    kept, codes = new_roster(names)
    for name in FILES:
        text = (resources.files(__package__) / "kit" / f"{name}.txt").read_text(encoding="utf-8")
        for mark, value in {
            "@INSTRUCTORS@": repr([instructor]),
            "@PORT@": str(port),
            "@VERSION@": version,
        }.items():
            text = text.replace(mark, value)
        write_atomically(out / name, text.encode())
    write_atomically(out / "roster.json", json.dumps(kept, indent=1).encode(), PRIVATE)
    rows = [
        ("Instructor", instructor),
        *(
            (one.shown if one.name or one.handles else "", name)
            for one, name in zip(people, names[1:], strict=True)
        ),
    ]
    lines = [
        "for,user name,code",
        *(",".join(f'"{cell(text)}"' for text in (who, name, codes[name])) for who, name in rows),
    ]
    write_atomically(out / "codes.csv", ("\ufeff" + "\r\n".join([*lines, ""])).encode(), PRIVATE)
    return [instructor, codes[instructor], *FILES, "roster.json", "codes.csv"]
