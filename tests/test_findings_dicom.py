"""Lesions and scores as DICOM objects beside the pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from dicom_files import DOSE

from netcourse.decisions.somatostatin import krenning, rads_findings, sstr_rads
from netcourse.patients import generate
from netcourse.scanner import Study, Volume, positions

pydicom = pytest.importorskip("pydicom", reason="the extra dicom is not installed")
hd = pytest.importorskip("highdicom", reason="the extra dicom is not installed")

PATIENT = generate("ileum_disseminated")


def study() -> Study:
    """The patient's lesions in a PET of nothing but them, SUV 7 (nothing is painted or scanned)."""
    where = positions(PATIENT)
    low = [min(p[a] for p in where.values()) - 40 for a in range(3)]
    shape = tuple(int((max(p[a] for p in where.values()) + 40 - low[a]) // 3) + 1 for a in range(3))
    z, y, x = np.meshgrid(*(low[a] + 3.0 * np.arange(shape[a]) for a in range(3)), indexing="ij")
    pet = np.full(shape, 0.5, np.float32)
    for lesion in PATIENT.lesions:
        cz, cy, cx = where[lesion.id]
        pet[(z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2 <= (lesion.size_mm / 2) ** 2] = 7
    volume = Volume(
        "PT",
        pet,
        (3, 3, 3),
        (low[0], low[1], low[2]),
        "SUV",
        "PET, 68Ga-DOTATATE",
        tracer_dose=DOSE,
    )
    return Study(PATIENT.id, PATIENT.title, {"PT": volume}, where)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from netcourse.course.findings import write_findings

    folder = tmp_path_factory.mktemp("findings") / "out"
    study().save_dicom(folder)
    words = write_findings(PATIENT, study(), folder)
    assert words == f"{len(PATIENT.lesions)} lesions as SEG.dcm and SR.dcm"
    return folder


def test_each_segment_has_the_volume_of_its_lesion_and_lies_where_it_is(written: Path) -> None:
    segmentation = hd.seg.segread(written / "SEG.dcm")
    volume = study()["PT"]
    for number, lesion in enumerate(PATIENT.lesions, 1):
        assert segmentation.get_segment_description(number).segment_label.startswith(lesion.id)
        mask = segmentation.get_volume(segment_numbers=[number], combine_segments=False)
        inside = np.argwhere(mask.array[..., 0] > 0)
        centre = mask.map_indices_to_reference(inside).mean(axis=0)  # x, y, z
        assert centre[::-1] == pytest.approx(study().lesions_mm[lesion.id], abs=2.0)
        true = np.pi / 6 * lesion.size_mm**3
        assert len(inside) * np.prod(volume.spacing_mm) == pytest.approx(true, rel=0.15)


def test_the_report_holds_what_the_rules_say_and_what_a_sphere_holds(written: Path) -> None:
    report = hd.sr.srread(written / "SR.dcm")
    groups = report.content.get_volumetric_roi_measurement_groups()
    rads = {finding.id: sstr_rads(finding) for finding in rads_findings(PATIENT)}
    assert len(groups) == len(PATIENT.lesions)
    for group, lesion in zip(groups, PATIENT.lesions, strict=True):
        assert group.tracking_identifier.startswith(f"{lesion.id}, ")
        scores = {
            item.name.meaning: item.value.meaning for item in group.get_qualitative_evaluations()
        }
        assert scores["Krenning score"].endswith(krenning(PATIENT.uptake(lesion)).verdict)
        assert scores["SSTR-RADS"].endswith(rads[lesion.id].verdict)
        values = {
            (item.name.meaning, item.derivation.meaning if item.derivation else ""): item.value
            for item in group.get_measurements()
        }
        assert values["Diameter", ""] == lesion.size_mm
        assert values["SUVbw", "Maximum"] == pytest.approx(7, abs=1e-3)


def test_segments_and_report_are_valid_and_belong_to_the_study(written: Path) -> None:
    picture = pydicom.dcmread(next((written / "PT").iterdir()), stop_before_pixels=True)
    for name in ("SEG.dcm", "SR.dcm"):
        file = pydicom.dcmread(written / name)
        assert file.StudyInstanceUID == picture.StudyInstanceUID
        assert "SYNTHETIC" in file.SeriesDescription
        program = shutil.which("dciodvfy")
        if program is None and not os.environ.get("CI"):
            pytest.skip("dciodvfy is not installed (Debian: dicom3tools)")
        assert program
        done = subprocess.run([program, written / name], capture_output=True, text=True)
        assert "Error" not in done.stderr
    assert pydicom.dcmread(written / "SEG.dcm").FrameOfReferenceUID == picture.FrameOfReferenceUID


def test_pictures_without_a_lesion_get_no_segments(tmp_path: Path) -> None:
    from dataclasses import replace

    from netcourse.course.findings import write_findings

    whole = study()
    far = replace(whole["PT"], origin_mm=(5000.0, 0.0, 0.0))
    moved = replace(whole, volumes={"PT": far})
    moved.save_dicom(tmp_path / "out")
    with pytest.raises(ValueError, match="no lesion"):
        write_findings(PATIENT, moved, tmp_path / "out")
