"""The lesions of an exported study as DICOM objects: their extent as a segmentation (SEG), what is
measured in them and how they score as a structured report (SR, template 1500).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.decisions.somatostatin import krenning, rads_findings, sstr_rads
from netcourse.patients import Lesion, Patient
from netcourse.reading.viewer import measure
from netcourse.reading.viewer.series import usual
from netcourse.scanner import Study, Volume
from netcourse.scanner.doors import uid
from netcourse.scanner.doors.dicom_out import MAKER, NOTICE, SCANNED, folder_name, series_uid
from netcourse.scanner.doors.extra import need
from netcourse.scanner.lesions import coverage

_OWN = "99NETCOURSE"


def write_findings(patient: Patient, study: Study, folder: Path) -> str:
    """Write SEG.dcm and SR.dcm beside the series that `study.save_dicom(folder)` wrote, and return
    in words what they hold.

    The extent is the lesion's true one, on the grid of the PET, or of the first CT or MR where
    there is none; a lesion outside of the pictures is left out. Raises ValueError where no lesion
    is inside, or the extra is missing.
    """
    highdicom, pydicom = need("highdicom"), need("pydicom")
    anatomy, pet = usual(study)
    name = pet or anatomy
    assert name is not None
    volume = study[name]
    masks = {
        lesion: mask
        for lesion in patient.lesions
        if (mask := _extent(patient, lesion, study, volume)).any()
    }
    if not masks:
        raise ValueError(f"no lesion of {patient.id} lies within {name}: ask for other series")
    # Slices lie head first in the files, foot first in the volume.
    sources = [pydicom.dcmread(path) for path in sorted((folder / folder_name(name)).glob("*.dcm"))]
    held = series_uid(study, name)
    segmentation = _segmentation(highdicom, study, masks, sources, held)
    _dated(segmentation)
    segmentation.ImageComments = f"{study.watermark}. {NOTICE}"
    segmentation.save_as(folder / "SEG.dcm", enforce_file_format=True)
    report = _report(highdicom, patient, study, masks, sources, segmentation, held)
    _dated(report)
    report.save_as(folder / "SR.dcm", enforce_file_format=True)
    lesions = f"{len(masks)} lesion{'s' if len(masks) > 1 else ''}"
    return f"{lesions} as SEG.dcm and SR.dcm"


def _extent(patient: Patient, lesion: Lesion, study: Study, volume: Volume) -> NDArray[np.bool_]:
    """Which voxels of a volume the lesion fills at least half; the nearest one where it fills
    none so far.
    """
    mask = np.zeros(volume.array.shape, bool)
    centre = study.lesions_mm[lesion.id]
    reach = lesion.size_mm * 0.7 + max(volume.spacing_mm)
    box, first, shape = [], [], []
    for c, origin, step, count in zip(
        centre, volume.origin_mm, volume.spacing_mm, volume.array.shape, strict=True
    ):
        low = max(int(np.floor((c - reach - origin) / step)), 0)
        high = min(int(np.ceil((c + reach - origin) / step)) + 1, count)
        if high <= low:
            return mask
        box.append(slice(low, high))
        first.append(origin + low * step)
        shape.append(high - low)
    filled = coverage(
        patient,
        lesion,
        volume.spacing_mm,
        centre,
        (shape[0], shape[1], shape[2]),
        (first[0], first[1], first[2]),
    )
    mask[box[0], box[1], box[2]] = filled >= min(0.5, filled.max())
    return mask


def _segmentation(
    highdicom: Any,
    study: Study,
    masks: Mapping[Lesion, NDArray[np.bool_]],
    sources: list[Any],
    held: str,
) -> Any:
    codes = need("pydicom.sr.codedict").codes
    how = highdicom.AlgorithmIdentificationSequence(
        name="the lesion's true extent",
        family=highdicom.sr.CodedConcept("SIMULATION", _OWN, "Simulation"),
        version=str(sources[0].SoftwareVersions),
    )
    segments = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"{lesion.id}, {lesion.where}"[:64],
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Lesion,
            algorithm_type="AUTOMATIC",
            algorithm_identification=how,
            tracking_uid=_tracking(study, lesion),
            tracking_id=lesion.id,
        )
        for number, lesion in enumerate(masks, 1)
    ]
    planes = np.stack([mask[::-1] for mask in masks.values()], axis=-1)
    return highdicom.seg.Segmentation(
        source_images=sources,
        pixel_array=planes.astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=segments,
        series_instance_uid=uid(held, "SEG"),
        series_number=901,
        sop_instance_uid=uid(held, "SEG", "1"),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name="synthetic scanner",
        software_versions=str(sources[0].SoftwareVersions),
        device_serial_number="1",
        content_label="LESIONS",
        content_description=f"{study.watermark} lesions",
        series_description=f"{study.watermark} lesions",
    )


def _report(
    highdicom: Any,
    patient: Patient,
    study: Study,
    masks: Mapping[Lesion, NDArray[np.bool_]],
    sources: list[Any],
    segmentation: Any,
    held: str,
) -> Any:
    sr, codes = highdicom.sr, need("pydicom.sr.codedict").codes
    observer = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=uid("observer"), name=MAKER
        ),
    )
    groups = [
        sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=sr.TrackingIdentifier(
                uid=_tracking(study, lesion), identifier=f"{lesion.id}, {lesion.where}"
            ),
            referenced_segment=sr.ReferencedSegment.from_segmentation(
                segmentation, segment_number=number
            ),
            finding_type=codes.SCT.Lesion,
            measurements=_measurements(sr, codes, lesion, study),
            qualitative_evaluations=_scores(sr, patient, lesion),
        )
        for number, lesion in enumerate(masks, 1)
    ]
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=codes.SCT.PositronEmissionTomographyOfWholeBody,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    return sr.Comprehensive3DSR(
        evidence=[*sources, segmentation],
        content=content[0],
        series_instance_uid=uid(held, "SR"),
        series_number=902,
        sop_instance_uid=uid(held, "SR", "1"),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
        is_final=True,
        series_description=f"{study.watermark} measurements and scores",
    )


def _measurements(sr: Any, codes: Any, lesion: Lesion, study: Study) -> list[Any]:
    """Diameter, and what a sphere of that size holds in the pictures."""
    suv = sr.CodedConcept("126401", "DCM", "SUVbw")
    grams = sr.CodedConcept("{SUVbw}g/ml", "UCUM", "Standardized Uptake Value body weight")
    hounsfield = sr.CodedConcept("[hnsf'U]", "UCUM", "Hounsfield unit")
    attenuation = sr.CodedConcept("112031", "DCM", "Attenuation Coefficient")
    found = measure(study, study.lesions_mm[lesion.id], lesion.size_mm)
    rows = [
        (codes.SCT.Diameter, lesion.size_mm, codes.UCUM.Millimeter, None),
        (suv, found.suv_max, grams, codes.SCT.Maximum),
        (suv, found.suv_mean, grams, codes.SCT.Mean),
        (attenuation, found.hu_mean, hounsfield, codes.SCT.Mean),
    ]
    return [
        sr.Measurement(name=name, value=round(value, 4), unit=unit, derivation=derivation)
        for name, value, unit, derivation in rows
        if value is not None
    ]


def _scores(sr: Any, patient: Patient, lesion: Lesion) -> list[Any]:
    """The Krenning score and the SSTR-RADS category that the course's rules give the lesion."""
    rads = {finding.id: sstr_rads(finding) for finding in rads_findings(patient)}
    rows = {"Krenning score": krenning(patient.uptake(lesion))}
    if lesion.id in rads:
        rows["SSTR-RADS"] = rads[lesion.id]
    return [
        sr.QualitativeEvaluation(
            name=sr.CodedConcept(name.upper().replace(" ", "_"), _OWN, name),
            value=sr.CodedConcept(
                decision.verdict.upper().replace(" ", "_")[:16], _OWN, f"{name} {decision.verdict}"
            ),
        )
        for name, decision in rows.items()
    ]


def _tracking(study: Study, lesion: Lesion) -> str:
    return uid(study.patient_id, "lesion", lesion.id)


def _dated(dataset: Any) -> None:
    """Give an object the moment of the scan, so that an export is the same on every day."""
    for kind in ("Content", "InstanceCreation", "Series"):
        for part, form in (("Date", "%Y%m%d"), ("Time", "%H%M%S")):
            if f"{kind}{part}" in dataset:
                setattr(dataset, f"{kind}{part}", SCANNED.strftime(form))
