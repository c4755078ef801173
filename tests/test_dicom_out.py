"""What leaves as DICOM and NIfTI, read by other people's programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dicom_files import DOSE, but, headers, small_study
from typer.testing import CliRunner

from netcourse.cli import app
from netcourse.patients import generate
from netcourse.reading import measure
from netcourse.scanner import PetScan
from netcourse.scanner.pet import tracer_dose
from netcourse.scanner.study import WATERMARK, Study

pydicom = pytest.importorskip("pydicom", reason="the extra dicom is not installed")
sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "dicom"
    small_study().save_dicom(folder)
    return folder


def needs(program: str) -> str:
    """The program, or a skip; in CI it must be there."""
    found = shutil.which(program)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{program} is not installed (Debian: dicom3tools, dcmtk)")
    assert found, f"{program} is not installed"
    return found


def test_dciodvfy_finds_no_error_in_any_object(exported: Path) -> None:
    for path in sorted(exported.rglob("*.dcm")):
        done = subprocess.run([needs("dciodvfy"), path], capture_output=True, text=True)
        wrong = [line for line in done.stderr.splitlines() if not line.startswith("Warning")]
        assert len(wrong) == 1, (path, wrong)  # the name of the object alone
        assert done.returncode == 0


def test_dcmtk_reads_every_file_and_its_digits(exported: Path) -> None:
    for path in sorted(exported.rglob("*.dcm")):
        done = subprocess.run(
            [needs("dcmdump"), "+P", "PatientName", "+P", "BurnedInAnnotation", path],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "[SYNTHETIC^phantom-0]" in done.stdout
        assert "[NO]" in done.stdout


@pytest.mark.parametrize("series", ["CT", "T1 arterial", "PT"])
def test_simpleitk_sees_every_voxel_where_the_course_has_it(exported: Path, series: str) -> None:
    volume = small_study()[series]
    reader = sitk.ImageSeriesReader()
    folder = exported / series.replace(" ", "_")
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    assert image.GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert image.GetSpacing() == pytest.approx(volume.spacing_mm[::-1])
    assert image.GetOrigin() == pytest.approx(volume.origin_mm[::-1])
    seen = sitk.GetArrayFromImage(image)
    if series == "PT":
        assert seen / DOSE.bq_per_ml == pytest.approx(
            volume.array, abs=0.51 * float(volume.array.max()) / 65_535
        )
    else:
        assert (seen == volume.array).all()


def test_any_viewer_works_out_our_suv_from_the_header(exported: Path) -> None:
    """Body-weight SUV by the QIBA vendor-neutral rule, written here from the header alone."""
    from datetime import datetime

    volume = small_study()["PT"]
    for path in (exported / "PT").iterdir():
        file = pydicom.dcmread(path)
        isotope = file.RadiopharmaceuticalInformationSequence[0]
        assert (file.Units, file.DecayCorrection) == ("BQML", "START")
        assert {"ATTN", "DECY"} <= set(file.CorrectedImage)
        scanned = datetime.strptime(file.SeriesDate + file.SeriesTime, "%Y%m%d%H%M%S")
        injected = datetime.strptime(isotope.RadiopharmaceuticalStartDateTime, "%Y%m%d%H%M%S.%f")
        assert file.SeriesTime == file.AcquisitionTime
        late = (scanned - injected).total_seconds()
        dose = isotope.RadionuclideTotalDose * 2 ** (-late / isotope.RadionuclideHalfLife)
        values = file.pixel_array * float(file.RescaleSlope) + float(file.RescaleIntercept)
        suv = values * 1000 * file.PatientWeight / dose
        k = volume.index((float(file.ImagePositionPatient[2]), *volume.origin_mm[1:]))[0]
        hot = volume.array[k] > 0.5
        assert suv[hot] == pytest.approx(volume.array[k][hot], rel=0.005)


def test_the_frame_reference_time_is_when_the_mean_activity_of_the_frame_was_there(
    exported: Path,
) -> None:
    file = headers(sorted((exported / "PT").iterdir()))[0]
    seconds = np.linspace(0, DOSE.frame_s, 100_001)
    mean = np.trapezoid(0.5 ** (seconds / DOSE.half_life_s), seconds) / DOSE.frame_s
    assert float(file.DecayFactor) == pytest.approx(1 / mean, rel=1e-8)
    assert 0.5 ** (float(file.FrameReferenceTime) / 1000 / DOSE.half_life_s) == pytest.approx(mean)


def test_one_patient_has_one_space_and_one_study_and_series_of_their_own(exported: Path) -> None:
    files = headers(sorted(exported.rglob("*.dcm")))
    assert len({file.FrameOfReferenceUID for file in files}) == 1
    assert len({file.StudyInstanceUID for file in files}) == 1
    assert len({file.SeriesInstanceUID for file in files}) == 3
    assert len({file.SOPInstanceUID for file in files}) == len(files) == 15
    assert all(file.StudyInstanceUID.startswith("2.25.") for file in files)


def test_the_same_study_has_the_same_bytes_and_a_changed_voxel_another_series(
    exported: Path, tmp_path: Path
) -> None:
    small_study().save_dicom(tmp_path / "again")
    for path in sorted(exported.rglob("*.dcm")):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(exported)).read_bytes()
    study = small_study().only("CT")
    study["CT"].array[0, 0, 0] += 1
    changed = headers(study.save_dicom(tmp_path / "changed"))[0]
    first = headers(sorted((exported / "CT").iterdir()))[0]
    assert changed.SeriesInstanceUID != first.SeriesInstanceUID
    assert changed.StudyInstanceUID == first.StudyInstanceUID


def test_every_synthetic_object_says_so_where_viewers_show_it(exported: Path) -> None:
    for file in headers(sorted(exported.rglob("*.dcm"))):
        assert str(file.PatientName).startswith("SYNTHETIC^")
        assert file.SeriesDescription.startswith("SYNTHETIC ")
        assert "SYNTHETIC" in file.ImageComments
        assert "not for patient care" in file.ImageComments


@pytest.mark.parametrize("series", ["CT", "T1 arterial", "PT"])
def test_an_export_comes_back_as_it_left(exported: Path, series: str) -> None:
    sent, back = small_study()[series], Study.from_dicom(exported)[series]
    assert repr(back) == repr(sent)
    assert back.origin_mm == sent.origin_mm
    assert back.array.dtype == sent.array.dtype
    assert back.array == pytest.approx(sent.array, abs=0.51 * float(sent.array.max()) / 65_535)
    assert back.tracer_dose == sent.tracer_dose
    assert back.watermark == WATERMARK


def test_a_sphere_holds_the_same_digits_before_and_after(exported: Path) -> None:
    study, back = small_study(), Study.from_dicom(exported)
    centre = (-472.0, -172.0, -246.0)
    assert repr(measure(back, centre, 8)) == repr(measure(study, centre, 8))


@pytest.mark.parametrize("series", ["CT", "T1 arterial", "PT"])
def test_nifti_lies_in_the_patient_as_dicom_does(
    exported: Path, tmp_path: Path, series: str
) -> None:
    pytest.importorskip("nibabel")
    study = small_study()
    study.save_nifti(tmp_path / "nifti")
    image = sitk.ReadImage(str(tmp_path / "nifti" / f"{series.replace(' ', '_')}.nii.gz"))
    sent = study[series]
    for index in [(0, 0, 0), (3, 1, 2), (3, 4, 3)]:
        k, j, i = index
        there = image.TransformIndexToPhysicalPoint((i, j, k))
        wanted = [o + s * n for o, s, n in zip(sent.origin_mm, sent.spacing_mm, index, strict=True)]
        assert there == pytest.approx(wanted[::-1], abs=1e-4)
        assert image.GetPixel(i, j, k) == pytest.approx(float(sent.array[index]))
    back = Study.from_nifti(tmp_path / "nifti")
    assert repr(back[series]) == repr(sent)
    assert (back[series].array == sent.array).all()
    assert back[series].origin_mm == pytest.approx(sent.origin_mm)
    assert back.watermark == WATERMARK


def test_a_pet_of_unknown_dose_or_of_single_photons_is_refused_before_a_file_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match=r"PT: the injected activity .* not known"):
        small_study(None).save_dicom(tmp_path / "a")
    with pytest.raises(ValueError, match="tc99m emits no positrons"):
        small_study(replace(DOSE, nuclide="tc99m")).save_dicom(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    for save in (small_study().save_dicom, small_study().save_nifti):
        with pytest.raises(FileExistsError, match="another folder"):
            save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--series", "PET"], "there is no series PET; choose from CT"),
        (["--findings", "--nifti"], "leave out --nifti"),
    ],
)
def test_the_command_names_what_cannot_be_exported(
    tmp_path: Path, options: list[str], words: str
) -> None:
    done = CliRunner().invoke(
        app, ["export", "ileum_disseminated", str(tmp_path / "out"), *options]
    )
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_where_the_extra_is_missing_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(ImportError, match=r"pip install 'netcourse\[dicom\]'"):
        small_study().save_dicom(tmp_path / "out")
    done = CliRunner().invoke(app, ["anonymise", str(tmp_path), str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "pip install 'netcourse[dicom]'" in done.output


def test_synthetic_and_real_pictures_are_never_one_study() -> None:
    study = small_study()
    mixed = dict(study.volumes)
    mixed["CT"] = but(mixed["CT"], watermark="REAL, ANONYMISED BY ITS OWNER")
    with pytest.raises(ValueError, match="either synthetic or real"):
        replace(study, volumes=mixed)


def test_the_dose_of_a_scan_is_that_of_its_noise() -> None:
    patient = generate("ileum_disseminated")
    usual = tracer_dose(patient, PetScan())
    assert usual is not None
    assert (usual.tracer, usual.weight_kg) == ("68Ga-DOTATATE", patient.weight_kg)
    asked = tracer_dose(patient, PetScan(activity_mbq=200, uptake_min=90, minutes=2))
    assert asked is not None
    assert (asked.activity_bq, asked.uptake_s, asked.frame_s) == (200e6, 5400, 120)
    assert asked.bq_per_ml == pytest.approx(
        200e6 / usual.activity_bq * 0.5 ** (1800 / usual.half_life_s) * usual.bq_per_ml
    )
    assert tracer_dose(patient, PetScan(tracer="tc99m_hynic_toc")) is not None
