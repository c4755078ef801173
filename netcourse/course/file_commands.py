"""The commands that let pictures leave and enter: export and anonymise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.plainly import plainly


def export(
    case: Annotated[
        str,
        typer.Argument(help="A patient file (.toml), or the name of one of the course's patients."),
    ],
    out: Annotated[Path, typer.Argument(help="A new folder for the files.")],
    series: Annotated[
        list[str] | None,
        typer.Option(
            help="A series such as CT, PT or 'T1 arterial'; may be given again for more. Without"
            " it, CT and PT.",
            show_default=False,
        ),
    ] = None,
    dicom: Annotated[
        bool, typer.Option("--dicom/--nifti", help="DICOM, or NIfTI with the SUV as it is.")
    ] = True,
    findings: Annotated[
        bool,
        typer.Option(
            "--findings",
            help="With the lesions as DICOM SEG and a report of measurements and scores.",
        ),
    ] = False,
    seed: Annotated[
        int, typer.Option(help="The variant to draw; 0 is the patient as written.")
    ] = 0,
) -> None:
    """Write a patient's pictures for other programs: DICOM for any viewer or archive, or NIfTI.

    Needs pip install 'netcourse[dicom]'. Everything says SYNTHETIC. Ends with status 0, or 1 when
    nothing was written.
    """
    with plainly():
        from netcourse.course.export import export_case

        written = export_case(case, out, tuple(series or ()), dicom, findings, seed)
    typer.echo(f"Written to {out}: {written}. SYNTHETIC; for education, not for patient care.")


def anonymise(
    folder: Annotated[Path, typer.Argument(help="The DICOM files of one patient.")],
    out: Annotated[Path, typer.Argument(help="A new folder for the anonymised files.")],
    pseudonym: Annotated[
        str, typer.Option(help="What stands in place of the patient's name and number.")
    ] = "CASE",
) -> None:
    """Take what says who the patient is out of DICOM files: PS3.15 basic profile, the SUV kept.

    Look at the result before you share it. Needs pip install 'netcourse[dicom]'. Ends with status
    0, or 1 when nothing was written.
    """
    with plainly():
        from netcourse.scanner.doors import anonymise

        done = anonymise(folder, out, pseudonym)
    typer.echo(f"{len(done.written)} files written to {out}")
    for reason, count in done.left_out:
        typer.echo(f"{count} left out: {reason}")
    typer.echo("Open them with nc.open_dicom, and look at them before you share them.")
