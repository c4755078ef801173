"""A study as NIfTI files: one per series, and beside it the words that NIfTI has no room for.

NIfTI's axes are right to left, back to front, foot to head (RAS); the course's x and y run the
other way (LPS).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from netcourse.scanner.doors.extra import need, new_folder
from netcourse.scanner.doors.grid import Grid, on_patient_axes
from netcourse.scanner.study import REAL, WATERMARK, Study, Volume

_NOTICE = "For education, not for patient care."
_UNITS = {"CT": "HU", "PT": "SUV", "MR": "signal"}
Files = str | PathLike[str] | Mapping[str, str | PathLike[str]]


def write_nifti(study: Study, folder: str | PathLike[str]) -> list[Path]:
    """Write every series as `name.nii.gz` with `name.json` beside it, and return the former.

    CT and MR are int16, PET is float32 SUV. `folder` must be new or empty (FileExistsError);
    ValueError where the extra is not installed.
    """
    nibabel, out, written = need("nibabel"), new_folder(folder), []
    for name, volume in study.volumes.items():
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ Grid.of(volume).affine
        image = nibabel.Nifti1Image(volume.array.transpose(2, 1, 0), affine)
        image.header.set_xyzt_units("mm")
        image.header["descrip"] = f"{study.watermark}; {volume.unit}"[:79].encode()
        image.set_qform(affine, code="scanner")
        image.set_sform(affine, code="scanner")
        path = out / f"{re.sub(r'[^0-9A-Za-z]+', '_', name)}.nii.gz"
        nibabel.save(image, path)
        words = {
            "Series": name,
            "Patient": study.patient_id,
            "Title": study.title,
            "Modality": volume.modality,
            "Units": volume.unit,
            "Description": volume.description,
            "Mark": study.watermark,
            "Notice": _NOTICE,
        }
        _beside(path).write_text(json.dumps(words, indent=2, ensure_ascii=False), encoding="utf-8")
        written.append(path)
    return written


def read_nifti(files: Files) -> Study:
    """Read a study from NIfTI files: a folder that `write_nifti` wrote, or files by series name.

    A file without its words beside it is taken for a real, anonymised picture of the modality with
    which its series name begins (CT, MR or PT), CT in HU and PET in SUV. A picture at an angle to
    the patient's axes is resampled, and a note says so. Raises ValueError for a file that is not
    one three-dimensional picture, or whose modality or unit is not known.
    """
    named = _named(files)
    volumes: dict[str, Volume] = {}
    notes: list[str] = []
    words: dict[str, Any] = {}
    for name, path in named.items():
        words = _words(path)
        volumes[name], note = _volume(name, path, words)
        notes += [f"{name}: {note}"] if note else []
    return Study(
        str(words.get("Patient", "real")),
        str(words.get("Title", "Study from NIfTI")),
        volumes,
        notes=tuple(notes),
    )


def _named(files: Files) -> dict[str, Path]:
    if isinstance(files, Mapping):
        return {name: Path(path) for name, path in files.items()}
    folder = Path(files)
    found = sorted(path for path in folder.glob("*.nii*") if path.is_file())
    if not found:
        raise ValueError(f"{folder} holds no NIfTI file (.nii, .nii.gz)")
    return {str(_words(path).get("Series", path.name.split(".")[0])): path for path in found}


def _beside(path: Path) -> Path:
    return path.with_name(re.sub(r"\.nii(\.gz)?$", "", path.name) + ".json")


def _words(path: Path) -> dict[str, Any]:
    """What stands beside a picture; nothing where nothing does."""
    try:
        found = json.loads(_beside(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise ValueError(f"{_beside(path)} is not JSON") from None
    return found if isinstance(found, dict) else {}


def _volume(name: str, path: Path, words: Mapping[str, Any]) -> tuple[Volume, str]:
    nibabel = need("nibabel")
    modality = str(words.get("Modality", name[:2].upper()))
    if modality not in _UNITS:
        raise ValueError(
            f"{path}: what modality is it? Name the series CT…, MR… or PT…, for instance"
            " Study.from_nifti({'PT': 'pet.nii.gz'})"
        )
    unit = words.get("Units", _UNITS[modality])
    if unit != _UNITS[modality]:
        raise ValueError(
            f"{path}: its unit is {unit}, where {_UNITS[modality]} is needed; convert it first"
        )
    try:
        image = nibabel.load(path)
    except nibabel.filebasedimages.ImageFileError as error:
        raise ValueError(f"{path}: {error}") from None
    if image.ndim != 3 and not (image.ndim > 3 and set(image.shape[3:]) == {1}):
        raise ValueError(
            f"{path}: has shape {image.shape}; one three-dimensional picture is needed"
        )
    values = np.asanyarray(image.dataobj).reshape(image.shape[:3])
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, posinf=0, neginf=0)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    array, grid, note = on_patient_axes(values.transpose(2, 1, 0), Grid(affine))
    if modality == "PT":
        array = np.clip(array, 0, None).astype(np.float32)
    else:
        array = np.clip(np.rint(array), -32_768, 32_767).astype(np.int16)
    return (
        Volume(
            modality,  # type: ignore[arg-type]
            array,
            grid.spacing_mm,
            grid.origin_mm,
            unit,
            str(words.get("Description", modality)),
            WATERMARK if words.get("Mark") == WATERMARK else REAL,
        ),
        note,
    )
