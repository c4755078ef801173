"""Anonymising: who the patient is goes, what the SUV needs stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from dicom_files import headers, real_series, small_study
from typer.testing import CliRunner

from netcourse.cli import app
from netcourse.scanner.doors import anonymise, read_dicom

pydicom = pytest.importorskip("pydicom", reason="the extra dicom is not installed")
pytest.importorskip("dicomanonymizer", reason="the extra dicom is not installed")

SECRETS = ("Doe", "Jane", "19500203", "QX4711", "Hospital", "Roe", "Elm", "CSA", "secret", "2026")


def from_a_hospital(folder: Path) -> None:
    def change(file: Any, n: int) -> None:
        file.PatientName, file.PatientID = "Doe^Jane", "QX4711"
        file.PatientBirthDate, file.PatientAge = "19500203", "075Y"
        file.PatientIdentityRemoved = "NO"
        del file.DeidentificationMethod
        file.InstitutionName, file.ReferringPhysicianName = "Hospital", "Roe^R"
        file.PatientAddress = "Elm Street"
        file.StudyDescription = file.SeriesDescription = "PET of Jane Doe"
        file.RequestAttributesSequence = [pydicom.Dataset()]
        file.RequestAttributesSequence[0].RequestedProcedureDescription = "for Jane Doe"
        inner = pydicom.Dataset()
        inner.OperatorsName, inner.StudyComments = "Doe^Jane", "Jane"
        file.AnatomicRegionSequence = [inner]
        file.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", b"secret")
        philips = file.private_block(0x7053, "Philips PET Private Group", create=True)
        philips.add_new(0x00, "DS", "0.0123")
        philips.add_new(0x03, "ST", "secret.dcm")
        ge = file.private_block(0x0009, "GEMS_PETD_01", create=True)
        ge.add_new(0x0D, "DT", "20260101120000.00")

    real_series(folder / "ct", "CT", change)
    real_series(folder / "pet", "PT", change)


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    from_a_hospital(tmp_path / "in")
    return tmp_path / "in"


def test_nothing_that_says_who_is_left_in_any_byte_of_the_files(
    hospital: Path, tmp_path: Path
) -> None:
    done = anonymise(hospital, tmp_path / "out")
    assert len(done.written) == 11
    for path in done.written:
        file = pydicom.dcmread(path)
        del file.PixelData
        words = re.sub(r"2\.25\.\d+", "a new UID", str(file) + str(file.file_meta))
        assert not [secret for secret in SECRETS if secret in words], path
        assert file.PatientName == file.PatientID == "CASE"
        assert file.PatientIdentityRemoved == "YES"
        assert "PS3.15" in file.DeidentificationMethod


def test_the_suv_and_every_hounsfield_unit_are_as_before(hospital: Path, tmp_path: Path) -> None:
    anonymise(hospital, tmp_path / "out", "CASE7")
    study = read_dicom(tmp_path / "out")
    assert repr(study) == "Study of CASE7 (CT, PT), REAL, ANONYMISED BY ITS OWNER"
    sent = small_study()
    assert (study["CT"].array == sent["CT"].array).all()
    step = float(sent["PT"].array.max()) / 65_535
    assert study["PT"].array == pytest.approx(sent["PT"].array, abs=0.51 * step, rel=1e-5)


def test_times_move_together_and_uids_change_but_still_belong_together(
    hospital: Path, tmp_path: Path
) -> None:
    before = headers(sorted(hospital.rglob("*.dcm")))
    after = headers(anonymise(hospital, tmp_path / "out").written)
    assert {file.StudyDate for file in after} == {"20000101"}
    for word in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID"):
        old, new = ([getattr(file, word) for file in files] for files in (before, after))
        assert len(set(old)) == len(set(new))
        assert not set(old) & set(new)
    pet = next(file for file in after if file.Modality == "PT")
    isotope = pet.RadiopharmaceuticalInformationSequence[0]
    assert isotope.RadiopharmaceuticalStartDateTime.startswith("20000101080000")
    assert pet.SeriesTime.startswith("090000")
    assert pet.private_block(0x0009, "GEMS_PETD_01")[0x0D].value == "20000101090000"
    assert pet.private_block(0x7053, "Philips PET Private Group")[0x00].value == "0.0123"
    assert pet.PatientAge == "075Y"


def test_two_runs_cannot_be_brought_together_by_their_uids(hospital: Path, tmp_path: Path) -> None:
    one, two = (headers(anonymise(hospital, tmp_path / name).written)[0] for name in "ab")
    assert one.SOPInstanceUID != two.SOPInstanceUID


def test_the_command_says_what_it_did_and_touches_nothing_of_the_old_files(
    hospital: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in hospital.rglob("*.dcm")}
    refused = CliRunner().invoke(app, ["anonymise", str(hospital), str(hospital)])
    assert refused.exit_code == 1
    assert "stays as it is" in refused.output
    done = CliRunner().invoke(app, ["anonymise", str(hospital), str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "11 files written" in done.output
    assert {path: path.read_bytes() for path in hospital.rglob("*.dcm")} == before


def test_several_patients_in_one_folder_are_refused(tmp_path: Path) -> None:
    real_series(tmp_path / "in" / "a", "CT")
    real_series(tmp_path / "in" / "b", "CT", lambda f, n: setattr(f, "PatientID", "OTHER"))
    with pytest.raises(ValueError, match="several patients"):
        anonymise(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
