"""A study from a folder of DICOM files: series put together, slices sorted, SUV worked out.

What cannot be trusted is left out with a reason, never repaired in silence: colour pictures,
localisers, slices that are missing or lie twice, PET whose SUV the header does not give. Only
anonymised files are opened.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.doors.extra import need
from netcourse.scanner.doors.grid import Grid, on_patient_axes
from netcourse.scanner.doors.identity import identifying, is_our_own
from netcourse.scanner.doors.suv import number, suv_factor
from netcourse.scanner.study import REAL, WATERMARK, Study, TracerDose, Volume

Array = NDArray[Any]

_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
}
_UNITS = {"CT": "HU", "MR": "signal", "PT": "SUV"}
_TOLERANCE = 0.05
"""Steps between slices may differ by this share, as scanners round their positions."""
_SPLIT_BY = (
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "EchoTime",
    "DiffusionBValue",
    "TriggerTime",
    "ContentTime",
    "AcquisitionTime",
)
_ENTRIES = 20_000


class IdentifiableError(ValueError):
    """The files may say who the patient is; the message lists the elements."""


@dataclass(frozen=True)
class _Slice:
    """One file: its header, and where the file is."""

    header: Any
    path: Path

    @property
    def orientation(self) -> tuple[float, ...]:
        return tuple(round(x, 4) for x in _numbers(self.header, "ImageOrientationPatient", 6))

    @property
    def position(self) -> Array:
        return np.array(_numbers(self.header, "ImagePositionPatient", 3))


def read_dicom(
    folder: str | PathLike[str], given: Mapping[str, str | float] | None = None
) -> Study:
    """Read a study from a folder of anonymised DICOM files, with all folders below it.

    `given` fills in what a PET's header is without, by DICOM keyword, such as
    {"PatientWeight": 72} or {"RadionuclideTotalDose": 185e6}. `notes` of the study say what was
    left out and what was resampled, and why. Raises IdentifiableError where a name, a birth date or
    private elements remain, FileNotFoundError where there is no such folder, and ValueError where
    there is no series to show, or more than one patient.
    """
    need("pydicom")
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(root))
    series, notes = _gathered(root)
    _anonymous(series)
    ids = sorted({str(s.header.get("PatientID", "")) for rows in series.values() for s in rows})
    if len(ids) > 1:
        raise ValueError(
            f"{root} holds {len(ids)} patients ({', '.join(ids)}); keep one in a folder"
        )
    volumes: dict[str, Volume] = {}
    for rows in _in_order(series):
        called = _called(rows[0].header)
        try:
            parts, turned = _parts(rows)
            notes += [f"{called}: {turned}"] if turned else []
            for part in parts:
                volume, note = _volume(part, given or {})
                name = _free(called, volumes)
                volumes[name] = volume
                notes += [f"{name}: {note}"] if note else []
        except ValueError as error:
            notes.append(f"{called}, {len(rows)} files, left out: {error}")
    if not volumes:
        reasons = "\n".join(notes) or "it holds no DICOM files"
        raise ValueError(f"there is no series to show in {root}:\n{reasons}")
    first = next(iter(series.values()))[0].header
    own = is_our_own(first)
    title = str(first.get("StudyDescription", "")).removeprefix(f"{WATERMARK} ") if own else ""
    return Study(ids[0] or "real", title or "Real study", volumes, notes=tuple(notes))


def _gathered(root: Path) -> tuple[dict[str, list[_Slice]], list[str]]:
    """The pictures of a folder by series, and what was left out."""
    pydicom = need("pydicom")
    series: dict[str, list[_Slice]] = defaultdict(list)
    left: Counter[str] = Counter()
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    if len(paths) > _ENTRIES:
        raise ValueError(f"{root} holds {len(paths)} files; at most {_ENTRIES} are read")
    seen: set[str] = set()
    for path in paths:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                header = pydicom.dcmread(path, stop_before_pixels=True)
        except (pydicom.errors.InvalidDicomError, EOFError):
            left["no DICOM file"] += 1
            continue
        except OSError as error:
            left[f"cannot be read ({error.strerror or error})"] += 1
            continue
        if reason := why_left_out(header):
            left[reason] += 1
            continue
        if (one := str(header.get("SOPInstanceUID", path))) in seen:
            left["the same picture twice"] += 1
            continue
        seen.add(one)
        series[str(header.get("SeriesInstanceUID", ""))].append(_Slice(header, path))
    notes = [
        f"{n} {'file' if n == 1 else 'files'} left out: {reason}"
        for reason, n in sorted(left.items())
        if reason != "no DICOM file"
    ]
    return dict(series), notes


def why_left_out(header: Any) -> str:
    """Return why a file is no slice of a CT, MR or PET; nothing where it is."""
    kind = header.get("SOPClassUID")
    if str(kind) not in _CLASSES:
        what = getattr(kind, "name", "") or "no image"
        return f"{what}, not a CT, MR or PET slice"
    if header.get("SamplesPerPixel", 1) != 1 or "MONOCHROME" not in str(
        header.get("PhotometricInterpretation", "MONOCHROME2")
    ):
        return "a colour picture"
    words = {str(word).upper() for word in header.get("ImageType") or ()}
    if words & {"LOCALIZER", "SCOUT"}:
        return "a localiser"
    if str(header.get("BurnedInAnnotation", "")).upper() == "YES":
        return "text is burned into the picture (0028,0301)"
    if not header.get("ImagePositionPatient") or not header.get("ImageOrientationPatient"):
        return "Image Position (0020,0032) or Orientation (0020,0037) is missing"
    return ""


def _anonymous(series: Mapping[str, Sequence[_Slice]]) -> None:
    found: dict[str, None] = {}
    for rows in series.values():
        for one in rows:
            if not is_our_own(one.header):
                found |= dict.fromkeys(identifying(one.header))
    if found:
        raise IdentifiableError(
            "REFUSED: these files may say who the patient is. Remove these elements, for instance"
            " with: netcourse anonymise FOLDER OUT\n" + "\n".join(sorted(found))
        )


def _in_order(series: Mapping[str, list[_Slice]]) -> list[list[_Slice]]:
    def place(rows: list[_Slice]) -> tuple[float, str, str]:
        header = rows[0].header
        of = number(header.get("SeriesNumber")) or 0.0
        return of, str(header.get("Modality")), str(header.get("SeriesInstanceUID"))

    return sorted(series.values(), key=place)


def _called(header: Any) -> str:
    """The name of a series: its own in an export of the course, else its modality."""
    modality = _CLASSES[str(header.SOPClassUID)]
    return str(header.get("ProtocolName", modality)) if is_our_own(header) else modality


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, with a number where it is taken."""
    return next(
        free
        for free in (name, *(f"{name} {n}" for n in range(2, len(taken) + 3)))
        if free not in taken
    )


def _parts(rows: list[_Slice]) -> tuple[list[list[_Slice]], str]:
    """One series as the stacks that it holds, those apart that were taken at the same places at
    another time, echo or b-value, and a note on slices that lie otherwise than most. ValueError
    where nothing tells the stacks apart.
    """
    counts = Counter(
        (one.orientation, one.header.Rows, one.header.Columns) for one in rows
    ).most_common()
    kept = [
        one
        for one in rows
        if (one.orientation, one.header.Rows, one.header.Columns) == counts[0][0]
    ]
    odd = len(rows) - len(kept)
    note = f"{odd} of {len(rows)} files left out: another size or orientation" if odd else ""
    places = Counter(tuple(one.position.round(3)) for one in kept)
    if max(places.values()) == 1:
        return [kept], note
    for keyword in _SPLIT_BY:
        groups: dict[str, list[_Slice]] = defaultdict(list)
        for one in kept:
            groups[str(one.header.get(keyword, ""))].append(one)
        if len(groups) == max(places.values()) and all(
            len({tuple(one.position.round(3)) for one in group}) == len(group)
            for group in groups.values()
        ):
            order = sorted(groups, key=lambda key: (number(key) or 0.0, key))
            return [groups[key] for key in order], note
    raise ValueError(
        f"{max(places.values())} pictures lie at the same place, and no acquisition, time, echo or"
        " b-value tells them apart"
    )


def _volume(rows: list[_Slice], given: Mapping[str, str | float]) -> tuple[Volume, str]:
    header = rows[0].header
    modality = _CLASSES[str(header.SOPClassUID)]
    factor, dose = 1.0, None
    if modality == "PT":
        headers = [_filled(one.header, given) for one in rows]
        factor, dose = suv_factor(headers)
    ordered, grid = _stacked(rows)
    array = _pixels(ordered) * np.float32(factor) if modality == "PT" else _pixels(ordered)
    array, grid, resampled = on_patient_axes(array, grid)
    if modality == "PT":
        array = np.clip(array, 0, None).astype(np.float32)
    else:
        array = np.clip(np.rint(array), -32_768, 32_767).astype(np.int16)
    own = is_our_own(header)
    volume = Volume(
        cast(Any, modality),
        array,
        grid.spacing_mm,
        grid.origin_mm,
        cast(Any, _UNITS[modality]),
        _described(header, modality, dose),
        WATERMARK if own else REAL,
        dose,
    )
    return volume, resampled


def _described(header: Any, modality: str, dose: TracerDose | None) -> str:
    if is_our_own(header):
        return str(header.get("SeriesDescription", "")).removeprefix(f"{WATERMARK} ")
    if modality == "PT":
        return f"PET, {dose.tracer}" if dose else "PET"
    return modality


def _filled(header: Any, given: Mapping[str, str | float]) -> Any:
    """The header with what the owner of the study adds, in its own place."""
    isotope = (header.get("RadiopharmaceuticalInformationSequence") or [None])[0]
    for keyword, value in given.items():
        inside = keyword.startswith("Radio") and isotope is not None
        setattr(isotope if inside else header, keyword, value)
    return header


def _numbers(header: Any, keyword: str, count: int) -> list[float]:
    value = header.get(keyword)
    values = str(value).split("\\") if isinstance(value, str) else list(value or ())
    found = [number(one) for one in values]
    if len(found) != count or any(one is None or not np.isfinite(one) for one in found):
        raise ValueError(f"{keyword} is {value!r}; {count} numbers are needed")
    return cast("list[float]", found)


def _stacked(rows: list[_Slice]) -> tuple[list[_Slice], Grid]:
    """The slices in order along their normal and the grid that they make; ValueError where they
    make none.
    """
    turned = np.array(_numbers(rows[0].header, "ImageOrientationPatient", 6))
    along_row, along_column = (side / np.linalg.norm(side) for side in (turned[:3], turned[3:]))
    if abs(along_row @ along_column) > 1e-3:
        raise ValueError("rows and columns of its slices are not at right angles (0020,0037)")
    normal = np.cross(along_row, along_column)
    ordered = sorted(rows, key=lambda one: float(one.position @ normal))
    dy, dx = _numbers(rows[0].header, "PixelSpacing", 2)
    places = np.array([one.position for one in ordered])
    if len(ordered) == 1:
        thick = number(rows[0].header.get("SliceThickness")) or 1.0
        step = normal * thick
    else:
        steps = np.diff(places @ normal)
        usual = float(np.median(steps))
        if gaps := [i for i, one in enumerate(steps) if abs(one - usual) > _TOLERANCE * usual]:
            where = ", ".join(
                f"{steps[i]:.2f} mm after {places[i] @ normal:.1f} mm" for i in gaps[:4]
            )
            raise ValueError(
                f"slices are missing or unevenly spaced: {usual:.2f} mm apart, but {where}"
            )
        step = (places[-1] - places[0]) / (len(ordered) - 1)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = along_row * dx, along_column * dy, step
    affine[:3, 3] = places[0]
    return ordered, Grid(affine)


def _pixels(rows: Sequence[_Slice]) -> Array:
    """The rescaled values of slices, [k, j, i], each by its own slope; ValueError for a picture
    that cannot be decoded.
    """
    pydicom = need("pydicom")
    out = np.empty((len(rows), rows[0].header.Rows, rows[0].header.Columns), np.float32)
    for k, one in enumerate(rows):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = pydicom.dcmread(one.path).pixel_array
        except (AttributeError, NotImplementedError, RuntimeError, ValueError) as error:
            words = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
            raise ValueError(f"{one.path.name} cannot be decoded: {words}") from None
        slope, intercept = one.header.get("RescaleSlope"), one.header.get("RescaleIntercept")
        scale = number(slope)
        out[k] = values.astype(np.float64) * (1.0 if scale is None else scale) + (
            number(intercept) or 0.0
        )
    return out
