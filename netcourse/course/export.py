"""A patient's pictures as files for other programs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from netcourse.course.case_file import read_case
from netcourse.scanner import SERIES, USUAL, scan
from netcourse.scanner.doors.extra import need


def export_case(
    case: str,
    out: str | PathLike[str],
    series: tuple[str, ...] = (),
    dicom: bool = True,
    findings: bool = False,
    seed: int = 0,
) -> str:
    """Scan a case, write its pictures into a new folder and return in words what was written.

    Raises ValueError for an unknown series, for findings in NIfTI, where the extra is missing, and
    as in `read_case`; FileExistsError where `out` holds files.
    """
    if findings and not dicom:
        raise ValueError("findings are written as DICOM SEG and report: leave out --nifti")
    if unknown := [name for name in series if name not in SERIES]:
        raise ValueError(
            f"there is no series {', '.join(unknown)}; choose from {', '.join(SERIES)}"
        )
    need("pydicom" if dicom else "nibabel")
    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(17, "is there already", str(target))
    patient = read_case(case, seed)
    study = scan(patient, series or USUAL)
    files = study.save_dicom(target) if dicom else study.save_nifti(target)
    words = f"{len(files)} {'DICOM' if dicom else 'NIfTI'} files of {', '.join(study.volumes)}"
    if findings:
        from netcourse.course.findings import write_findings

        words += f", and {write_findings(patient, study, target)}"
    return words
