"""A study as DICOM files.

Classic single-frame objects, one file per slice: every viewer, archive and toolkit reads those,
while enhanced multi-frame PET is read by few. A PET is stored in Bq/mL with the dose, weight and
times from which a viewer works out the SUV again; its numbers are the 65,535 steps in which the
course's own viewer shows it.
"""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.scanner.doors.extra import need, new_folder
from netcourse.scanner.study import WATERMARK, Study, Volume

SCANNED = datetime(2026, 1, 1, 12)
"""When every synthetic scan starts: a date that no archive sorts oddly."""
MAKER = "netcourse"
NOTICE = "For education, not for patient care."
_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
_ELEMENTS = {"f": "Fluorine", "ga": "Gallium", "cu": "Copper", "zr": "Zirconium", "c": "Carbon"}
_STEPS = 65_535
_TRUNK_MM = 500.0


def uid(*names: str) -> str:
    """Return the DICOM UID of something that has a name, the same on every computer.

    >>> uid("patient-0"), uid("patient-0") == uid("patient-0"), uid("a") == uid("b")
    ('2.25.12762072133823880094381531811648582269', True, False)
    """
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '/'.join((MAKER, *names))).int}"


def series_uid(study: Study, name: str) -> str:
    """Return the UID of a series: of its patient, its name and its voxels, so that a changed
    picture is another series.
    """
    volume = study[name]
    held = hashlib.sha256(np.ascontiguousarray(volume.array).tobytes())
    held.update(repr((volume.spacing_mm, volume.origin_mm, volume.tracer_dose)).encode())
    return uid(study.patient_id, name, held.hexdigest())


def frame_of_reference(study: Study) -> str:
    """Return the UID of the space that all series of a patient share."""
    return uid(study.patient_id, "space")


def write_dicom(study: Study, folder: str | PathLike[str]) -> list[Path]:
    """Write every series of a study as DICOM and return the files, head first in each series.

    `folder` must be new or empty (FileExistsError). Raises ValueError before anything is written
    for a SPECT, or for a PET of which the dose is not known, and where the extra is not installed.
    """
    need("pydicom")
    makers: dict[str, Callable[[Any, Volume], None]] = {"CT": _ct, "MR": _mr, "PT": _pet}
    for name, volume in study.volumes.items():
        if volume.modality == "PT":
            _nuclide(name, volume)
    out = new_folder(folder)
    written: list[Path] = []
    for number, (name, volume) in enumerate(study.volumes.items(), 1):
        dataset = _common(study, name, number)
        makers[volume.modality](dataset, volume)
        written += _slices(dataset, volume, out / folder_name(name))
    return written


def folder_name(series: str) -> str:
    """Return the folder of a series in an export.

    >>> folder_name("T1 arterial")
    'T1_arterial'
    """
    return re.sub(r"\W+", "_", series)


def identity(study: Study) -> Any:
    """Return the dataset of patient and study that all objects of a study share."""
    dataset = need("pydicom").Dataset()
    when = SCANNED
    who = WATERMARK if study.watermark == WATERMARK else "ANONYMISED"
    for keyword, value in {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": f"{who}^{study.patient_id}"[:64],
        "PatientID": study.patient_id[:64],
        "PatientBirthDate": "",
        "PatientSex": "",
        "PatientComments": f"{study.watermark}. {NOTICE}",
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "never identified" if who == WATERMARK else study.watermark,
        "StudyInstanceUID": uid(study.patient_id, "study"),
        "StudyDate": when.strftime("%Y%m%d"),
        "StudyTime": when.strftime("%H%M%S"),
        "StudyDescription": f"{who} {study.title}"[:64],
        "StudyID": "1",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "Manufacturer": MAKER,
        "ManufacturerModelName": "synthetic scanner" if who == WATERMARK else "",
        "SoftwareVersions": version(MAKER),
    }.items():
        setattr(dataset, keyword, value)
    return dataset


def _common(study: Study, name: str, number: int) -> Any:
    dataset, volume = identity(study), study[name]
    rows, columns = volume.array.shape[1:]
    _, dy, dx = volume.spacing_mm
    for keyword, value in {
        "SOPClassUID": _CLASSES[volume.modality],
        "Modality": volume.modality,
        "SeriesInstanceUID": series_uid(study, name),
        "SeriesNumber": number,
        "SeriesDescription": f"{dataset.PatientName.family_name} {volume.description}"[:64],
        "SeriesDate": dataset.StudyDate,
        "SeriesTime": dataset.StudyTime,
        "AcquisitionDate": dataset.StudyDate,
        "AcquisitionTime": dataset.StudyTime,
        "ContentDate": dataset.StudyDate,
        "ContentTime": dataset.StudyTime,
        "PatientPosition": "HFS",
        "ProtocolName": name[:64],
        "FrameOfReferenceUID": frame_of_reference(study),
        "PositionReferenceIndicator": "",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ImageComments": f"{study.watermark}. {NOTICE}",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
        "AcquisitionNumber": 1,
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [_ds(dy), _ds(dx)],
        "SliceThickness": _ds(volume.spacing_mm[0]),
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
    }.items():
        setattr(dataset, keyword, value)
    if study.watermark == WATERMARK:
        long = volume.spacing_mm[0] * volume.array.shape[0] > _TRUNK_MM
        dataset.BodyPartExamined = "WHOLEBODY" if long else "ABDOMEN"
    else:
        dataset.Laterality = ""
    return dataset


def _ct(dataset: Any, _volume: Volume) -> None:
    window = "reading.window.soft_tissue"
    _set(
        dataset,
        KVP="",
        RescaleIntercept=0,
        RescaleSlope=1,
        RescaleType="HU",
        WindowCenter=_ds(figure(f"{window}.centre").value),
        WindowWidth=_ds(figure(f"{window}.width").value),
    )


def _mr(dataset: Any, volume: Volume) -> None:
    _set(
        dataset,
        ImageType=["ORIGINAL", "PRIMARY", "OTHER"],
        ScanningSequence="RM",
        SequenceVariant="NONE",
        ScanOptions="",
        MRAcquisitionType="2D",
        RepetitionTime="",
        EchoTime="",
        EchoTrainLength="",
        SpacingBetweenSlices=_ds(volume.spacing_mm[0]),
    )


def _pet(dataset: Any, volume: Volume) -> None:
    dose = volume.tracer_dose
    assert dose is not None
    injected = SCANNED - timedelta(seconds=dose.uptake_s)
    isotope = _set(
        need("pydicom").Dataset(),
        Radiopharmaceutical=dose.tracer,
        RadiopharmaceuticalStartDateTime=injected.strftime("%Y%m%d%H%M%S.%f"),
        RadiopharmaceuticalStartTime=injected.strftime("%H%M%S.%f"),
        RadionuclideTotalDose=_ds(dose.activity_bq),
        RadionuclideHalfLife=_ds(dose.half_life_s),
        RadionuclidePositronFraction=_ds(dose.positron_fraction),
        RadionuclideCodeSequence=[_nuclide("", volume)],
    )
    # The mean activity during the frame is that of this moment after its start (DICOM PS3.3
    # C.8.9.4.1.6): decay within the frame is what the decay factor makes up for.
    worth = math.log(2) * dose.frame_s / dose.half_life_s
    factor = worth / -math.expm1(-worth)
    top = _top(volume) / _STEPS
    del dataset.PatientPosition  # the codes below say the same
    suv_top = figure("reading.suv_top").value * dose.bq_per_ml
    codes = need("pydicom.sr.codedict").codes
    supine = _coded(
        codes.cid19.Recumbent, PatientOrientationModifierCodeSequence=[_coded(codes.cid20.Supine)]
    )
    _set(
        dataset,
        ImageType=["ORIGINAL", "PRIMARY"],
        PatientWeight=_ds(dose.weight_kg),
        RadiopharmaceuticalInformationSequence=[isotope],
        PatientOrientationCodeSequence=[supine],
        PatientGantryRelationshipCodeSequence=[_coded(codes.cid21.Headfirst)],
        SeriesType=["WHOLE BODY", "IMAGE"],
        Units="BQML",
        CountsSource="EMISSION",
        CorrectedImage=["NORM", "DTIM", "ATTN", "SCAT", "RAN", "DECY"],
        DecayCorrection="START",
        DecayFactor=_ds(factor),
        FrameReferenceTime=_ds(1000 * dose.half_life_s * math.log2(factor)),
        ActualFrameDuration=round(1000 * dose.frame_s),
        NumberOfSlices=volume.array.shape[0],
        RescaleIntercept=0,
        RescaleSlope=_ds(top * dose.bq_per_ml),
        WindowCenter=_ds(suv_top / 2),
        WindowWidth=_ds(suv_top),
        PixelRepresentation=0,
        CollimatorType="NONE",
        ReconstructionMethod="simulated",
        ScatterCorrectionMethod="simulated",
        AttenuationCorrectionMethod="simulated",
        RandomsCorrectionMethod="NONE",
    )


def _nuclide(name: str, volume: Volume) -> Any:
    """The coded nuclide of a PET; ValueError for what DICOM's PET object does not hold."""
    dose = volume.tracer_dose
    if dose is None:
        raise ValueError(
            f"{name}: the injected activity and uptake time of this PET are not known, so no viewer"
            " could show its SUV; give PetScan(activity_mbq=…, uptake_min=…), or save it as NIfTI"
        )
    element, mass = dose.nuclide.rstrip("0123456789m"), dose.nuclide.lstrip(ascii_lowercase)
    codes = need("pydicom.sr.codedict").codes
    code = getattr(codes.cid4020, f"_{mass}{_ELEMENTS.get(element, element)}", None)
    if code is None:
        raise ValueError(
            f"{name}: {dose.nuclide} emits no positrons that DICOM's PET object knows, as in SPECT;"
            " save it as NIfTI"
        )
    return _coded(code)


def _coded(code: Any, **more: Any) -> Any:
    """An item of a code sequence."""
    return _set(
        need("pydicom").Dataset(),
        CodeValue=code.value,
        CodingSchemeDesignator=code.scheme_designator,
        CodeMeaning=code.meaning,
        **more,
    )


def _top(volume: Volume) -> float:
    """The hottest voxel; 1 in a PET of nothing."""
    return float(volume.array.max(initial=0)) or 1.0


def _stored(volume: Volume) -> NDArray[Any]:
    """The whole numbers of a volume as they stand in the files."""
    if volume.modality == "PT":
        steps = np.rint(volume.array / (_top(volume) / _STEPS))
        return np.clip(steps, 0, _STEPS).astype("<u2")
    return np.clip(np.rint(volume.array), -32_768, 32_767).astype("<i2")


def _slices(dataset: Any, volume: Volume, folder: Path) -> list[Path]:
    """Write one file per slice, the head first as scanners do."""
    pydicom = need("pydicom")
    folder.mkdir()
    z0, y0, x0 = volume.origin_mm
    numbers, written = _stored(volume), []
    for number, k in enumerate(reversed(range(volume.array.shape[0])), 1):
        z = z0 + volume.spacing_mm[0] * k
        _set(
            dataset,
            SOPInstanceUID=uid(dataset.SeriesInstanceUID, str(k)),
            InstanceNumber=number,
            ImagePositionPatient=[_ds(x0), _ds(y0), _ds(z)],
            SliceLocation=_ds(z),
            PixelData=numbers[k].tobytes(),
        )
        dataset["PixelData"].VR = "OW"
        if volume.modality == "PT":
            dataset.ImageIndex = number
        path = folder / f"{number:04}.dcm"
        save(pydicom, dataset, path)
        written.append(path)
    return written


def save(pydicom: Any, dataset: Any, path: Path) -> None:
    """Write a dataset as a DICOM file in explicit little endian."""
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)


def _set(dataset: Any, **values: Any) -> Any:
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def _ds(value: float) -> Any:
    """A decimal string of at most 16 characters."""
    return need("pydicom").valuerep.DSfloat(value, auto_format=True)
