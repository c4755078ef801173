"""What is handed out: a ticket for everyone, one ready zip for each learner, and lists to print or to
mail from.
"""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.assessment.answers.ticket import Ticket, sign
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.pack.notebook import START
from netcourse.classroom.report.tables import cell

PACKS, TICKETS, READY = "for_learners", "tickets", "ready"


def hand_out(
    out: Path,
    people: Sequence[Person],
    given: Mapping[str, int],
    pack: str,
    ends: str,
    secret: bytes,
) -> None:
    """Write tickets/, tickets.csv, ready/ and mail.csv into `out`, beside the packs.

    `given` is everyone's variant. Raises ValueError where the disk has no room for a zip for each.
    """
    packs = {variant: out / PACKS / f"variant_{variant}.zip" for variant in set(given.values())}
    needed = sum(packs[variant].stat().st_size for variant in given.values())
    if needed > shutil.disk_usage(out).free:
        raise ValueError(
            f"a zip for each of {len(given)} learners needs {needed / 1024**3:.1f} GB, more than is"
            f" free where {out} lies: give another place or fewer variants' pictures"
        )
    for name in (TICKETS, READY):
        (out / name).mkdir(exist_ok=True)
    tickets: list[Sequence[str]] = [("name", "known as", "pseudonym", "pack", "ticket")]
    mails: list[Sequence[str]] = [("name", "email", "pseudonym", "attachment", "ends")]
    for person in people:
        name, path = person.pseudonym, packs[given[person.pseudonym]]
        text = sign(Ticket(pack, given[name], name, ends), secret)
        ticket = out / TICKETS / f"{name}.ticket"
        write_atomically(ticket, f"{text}\n".encode(), PRIVATE)
        _write_ready(out / READY / f"{name}.zip", (out / PACKS / START, path, ticket))
        known = sorted(person.handles)
        mail = next((handle for handle in known if "@" in handle), "")
        tickets.append((person.name, " ".join(known), name, path.name, text))
        mails.append((person.name, mail, name, f"{READY}/{name}.zip", ends))
    write_atomically(out / "tickets.csv", _csv(tickets), PRIVATE)
    write_atomically(out / "mail.csv", _csv(mails), PRIVATE)


def _write_ready(path: Path, files: Iterable[Path]) -> None:
    """One zip to unpack into the course folder: notebook, pack and ticket in a folder `graded`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.write(file, f"graded/{file.name}")
    path.chmod(PRIVATE)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(rows[0])
    writer.writerows([cell(value) for value in row] for row in rows[1:])
    return ("\ufeff" + text.getvalue()).encode()
