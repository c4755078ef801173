"""What enters as DICOM: anonymised series of other people's scanners, with the headers that they
have.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import DOSE, real_series, small_study

import netcourse as nc
from netcourse.reading import Viewer, measure
from netcourse.scanner.doors import IdentifiableError, read_dicom
from netcourse.scanner.study import REAL, Study

pydicom = pytest.importorskip("pydicom", reason="the extra dicom is not installed")
PET = small_study()["PT"]
STEP = float(PET.array.max()) / 65_535


def isotope(file: Any) -> Any:
    return file.RadiopharmaceuticalInformationSequence[0]


def same(study: Study, factor: float = 1.0) -> None:
    found = study["PT"]
    assert found.array == pytest.approx(PET.array * factor, abs=0.51 * STEP * factor, rel=1e-4)
    assert found.watermark == REAL


# Ten headers as people have reported them, and what a careful reader makes of each.


def test_philips_counts_become_suv_by_their_private_factor(tmp_path: Path) -> None:
    # https://github.com/OHIF/Viewers/issues/1418
    def change(file: Any, n: int) -> None:
        file.Units, file.RescaleSlope = "CNTS", 2.0
        block = file.private_block(0x7053, "Philips PET Private Group", create=True)
        block.add_new(0x00, "DS", str(STEP / 2)[:16])

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


def test_philips_counts_become_activity_by_the_other_factor_where_the_first_is_zero(
    tmp_path: Path,
) -> None:
    # https://github.com/ENHANCE-PET/MOOSE/issues/230
    def change(file: Any, n: int) -> None:
        file.Units, slope = "CNTS", float(file.RescaleSlope)
        file.RescaleSlope = 1
        block = file.private_block(0x7053, "Philips PET Private Group", create=True)
        block.add_new(0x00, "DS", "0")
        block.add_new(0x09, "DS", str(slope)[:16])

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


def test_pictures_corrected_to_the_injection_need_no_further_decay(tmp_path: Path) -> None:
    # https://github.com/horosproject/horos/issues/653
    def change(file: Any, n: int) -> None:
        file.DecayCorrection = "ADMIN"

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path), 0.5 ** (DOSE.uptake_s / DOSE.half_life_s))


def test_a_series_made_after_the_scan_is_corrected_to_its_first_picture(tmp_path: Path) -> None:
    # https://github.com/OHIF/Viewers/issues/3805
    def change(file: Any, n: int) -> None:
        file.SeriesTime = "153000"
        file.AcquisitionTime = f"12{n // 3:02}00"

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


def test_ge_says_in_a_private_element_when_the_scan_began(tmp_path: Path) -> None:
    # QIBA's vendor-neutral pseudo-code for the SUV, GE (0009,100D)
    def change(file: Any, n: int) -> None:
        file.SeriesTime, file.AcquisitionTime = "153000", "121000"
        block = file.private_block(0x0009, "GEMS_PETD_01", create=True)
        block.add_new(0x0D, "DT", "20260101120000.00")

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


def test_an_injection_before_midnight_counts_with_its_date(tmp_path: Path) -> None:
    # https://github.com/QIICR/Slicer-PETDICOMExtension/issues/28
    def change(file: Any, n: int) -> None:
        file.SeriesTime = file.AcquisitionTime = "003000"
        isotope(file).RadiopharmaceuticalStartDateTime = "20251231233000"
        isotope(file).RadiopharmaceuticalStartTime = "233000"

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


@pytest.mark.parametrize(
    "kept", ["RadiopharmaceuticalStartTime", "RadiopharmaceuticalStartDateTime"]
)
def test_either_form_of_the_injection_time_is_enough(tmp_path: Path, kept: str) -> None:
    # https://github.com/QIICR/Slicer-PETDICOMExtension/issues/20
    def change(file: Any, n: int) -> None:
        for word in ("RadiopharmaceuticalStartTime", "RadiopharmaceuticalStartDateTime"):
            if word != kept:
                delattr(isotope(file), word)

    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


def test_a_weight_of_zero_is_missing_and_can_be_given(tmp_path: Path) -> None:
    # https://github.com/OHIF/Viewers/issues/3587
    def change(file: Any, n: int) -> None:
        file.PatientWeight = 0

    real_series(tmp_path, "PT", change)
    with pytest.raises(ValueError, match=r"Patient's Weight \(0010,1030\)"):
        read_dicom(tmp_path)
    same(nc.open_dicom(tmp_path, {"PatientWeight": DOSE.weight_kg}))


def test_each_slice_has_a_slope_of_its_own(tmp_path: Path) -> None:
    # https://github.com/innolitics/dicom-numpy/issues/1
    def change(file: Any, n: int) -> None:
        values = file.pixel_array // (n + 1)
        file.PixelData = values.astype("<u2").tobytes()
        file.RescaleSlope = pydicom.valuerep.DSfloat(file.RescaleSlope * (n + 1), auto_format=True)

    real_series(tmp_path, "PT", change)
    found = read_dicom(tmp_path)["PT"].array
    assert found == pytest.approx(PET.array, abs=STEP * 7)


def test_missing_slices_are_named_and_never_closed_up(tmp_path: Path) -> None:
    # https://github.com/dave3d/dicom2stl/issues/68
    real_series(tmp_path, "PT")[2].unlink()
    with pytest.raises(ValueError, match=r"missing or unevenly spaced: 3\.00 mm apart, but 6\.00"):
        read_dicom(tmp_path)


def test_a_tilted_gantry_shows_in_the_positions_alone(tmp_path: Path) -> None:
    # https://github.com/rordenlab/dcm2niix/issues/253
    def change(file: Any, n: int) -> None:
        x, y, z = file.ImagePositionPatient
        file.ImagePositionPatient = [x, round(y + 0.8 * (z + 480), 6), z]
        file.PixelData = np.full((7, 6), 40, "<i2").tobytes()

    real_series(tmp_path, "CT", change)
    study = read_dicom(tmp_path)
    assert study.notes == ("CT: resampled for display: its slices are tilted by 38.7°",)
    volume = study["CT"]
    # The stack is now a sheared block in an upright box: 40 HU inside, air's place empty outside.
    assert volume.at((-480.0, -179.25, -251.25)) == 40
    assert volume.at((-468.0, -179.25 + 0.8 * 12, -251.25)) == 40


def test_a_localiser_in_the_series_is_left_out_with_its_reason(tmp_path: Path) -> None:
    # https://github.com/dgobbi/vtk-dicom/issues/98
    def change(file: Any, n: int) -> None:
        if n == 0:
            file.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
            file.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    real_series(tmp_path, "CT", change)
    study = read_dicom(tmp_path)
    assert study.notes == ("1 file left out: a localiser",)
    assert (study["CT"].array == small_study()["CT"].array[:-1]).all()


def test_a_slice_that_lies_otherwise_than_the_rest_is_left_out(tmp_path: Path) -> None:
    # https://github.com/DIAGNijmegen/rse-panimg/issues/126
    def change(file: Any, n: int) -> None:
        if n == 4:
            file.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    real_series(tmp_path, "CT", change)
    study = read_dicom(tmp_path)
    assert study.notes == ("CT: 1 of 5 files left out: another size or orientation",)
    assert (study["CT"].array == small_study()["CT"].array[1:]).all()


def test_two_phases_in_one_series_become_two(tmp_path: Path) -> None:
    # https://github.com/Project-MONAI/monai-deploy-app-sdk/issues/532
    for number in (1, 2):

        def change(file: Any, n: int, number: int = number) -> None:
            file.AcquisitionNumber = number
            file.SOPInstanceUID = f"2.25.{number}00{n}"
            file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
            file.PixelData = np.full((7, 6), 100 * number, "<i2").tobytes()

        real_series(tmp_path / str(number), "CT", change)
    study = read_dicom(tmp_path)
    assert list(study.volumes) == ["CT", "CT 2"]
    assert [int(study[name].array.max()) for name in study.volumes] == [100, 200]


def test_pictures_at_one_place_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    # https://github.com/rordenlab/dcm2niix/issues/221
    for number in (1, 2):

        def change(file: Any, n: int, number: int = number) -> None:
            file.SOPInstanceUID = f"2.25.{number}00{n}"

        real_series(tmp_path / str(number), "CT", change)
    with pytest.raises(ValueError, match="2 pictures lie at the same place"):
        read_dicom(tmp_path)


def test_decimal_commas_and_colons_in_times_are_read(tmp_path: Path) -> None:
    # https://github.com/fo-dicom/fo-dicom/pull/1915 and
    # https://github.com/cornerstonejs/cornerstone3D/issues/2023
    paths = real_series(tmp_path, "PT")
    for path in paths:
        bytes_ = path.read_bytes()
        assert b"74.0" in bytes_
        assert b"120000" in bytes_
        path.write_bytes(bytes_.replace(b"74.0", b"74,0"))
    same(read_dicom(tmp_path))

    def change(file: Any, n: int) -> None:
        file["SeriesTime"]._value = file["AcquisitionTime"]._value = "12:00:00"
        del isotope(file).RadiopharmaceuticalStartDateTime
        isotope(file)["RadiopharmaceuticalStartTime"]._value = "11:00"

    shutil.rmtree(tmp_path)
    real_series(tmp_path, "PT", change)
    same(read_dicom(tmp_path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: delattr(f, "Units"), "Units (0054,1001) is missing"),
        (lambda f: setattr(f, "Units", "PROPCNTS"), "Units (0054,1001) is PROPCNTS"),
        (lambda f: setattr(f, "Units", "CNTS"), "(7053,1000) nor the activity factor (7053,1009)"),
        (lambda f: setattr(f, "CorrectedImage", ["DECY"]), "is without ATTN"),
        (lambda f: setattr(f, "DecayCorrection", "NONE"), "Decay Correction (0054,1102)"),
        (lambda f: delattr(isotope(f), "RadionuclideTotalDose"), "Total Dose (0018,1074)"),
        (lambda f: delattr(isotope(f), "RadionuclideHalfLife"), "Half Life (0018,1075)"),
        (lambda f: setattr(isotope(f), "RadionuclideTotalDose", 148), "looks like MBq"),
        (
            lambda f: setattr(isotope(f), "RadiopharmaceuticalStartDateTime", "20260102110000"),
            "a sensible time",
        ),
        (
            lambda f: setattr(isotope(f), "RadiopharmaceuticalStartDateTime", "20160102110000"),
            "more than 20 half-lives",
        ),
        (lambda f: delattr(f, "RadiopharmaceuticalInformationSequence"), "(0054,0016) is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_keeps_a_pet_from_an_suv_is_named(
    tmp_path: Path, change: Callable[[Any], None], words: str
) -> None:
    # PROPCNTS: https://github.com/OHIF/Viewers/issues/3439
    real_series(tmp_path, "PT", lambda file, n: change(file))
    with pytest.raises(ValueError) as caught:
        read_dicom(tmp_path)
    assert words in str(caught.value)


def test_a_pet_without_suv_leaves_the_ct_to_be_read(tmp_path: Path) -> None:
    real_series(tmp_path / "ct", "CT")
    real_series(tmp_path / "pet", "PT", lambda file, n: delattr(file, "PatientWeight"))
    study = read_dicom(tmp_path)
    assert list(study.volumes) == ["CT"]
    assert study.notes[0].startswith("PT, 6 files, left out:")
    assert "Patient's Weight (0010,1030)" in study.notes[0]


# Real studies say so, and never who.


def test_a_real_study_is_read_in_the_viewer_and_measured_and_never_called_synthetic(
    tmp_path: Path,
) -> None:
    real_series(tmp_path / "ct", "CT")
    real_series(tmp_path / "pet", "PT")
    study = nc.open_dicom(tmp_path)
    assert repr(study) == "Study of CASE (CT, PT), REAL, ANONYMISED BY ITS OWNER"
    viewer = Viewer(study)
    assert viewer.picture().startswith(b"\x89PNG")
    shown = (repr(viewer), viewer.alt, viewer._name, viewer._watermark, repr(study["PT"]))
    for words in shown:
        assert "synthetic" not in words.lower()
        assert "anonymised by its owner" in words.lower()
    found = measure(study, (-472.0, -172.0, -246.0), 8)
    assert found.suv_max == pytest.approx(
        measure(small_study(), (-472.0, -172.0, -246.0), 8).suv_max, rel=1e-4
    )


@pytest.mark.parametrize(
    ("change", "tag"),
    [
        (lambda f: setattr(f, "PatientName", "Doe^Jane"), "(0010,0010) Patient's Name"),
        (lambda f: setattr(f, "PatientBirthDate", "19500101"), "(0010,0030) Patient's Birth Date"),
        (lambda f: setattr(f, "ReferringPhysicianName", "Roe"), "(0008,0090)"),
        (lambda f: setattr(f, "InstitutionName", "Hospital"), "(0008,0080) Institution Name"),
        (
            lambda f: f.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(
                0x10, "OB", b"x"
            ),
            "(0029,1010) private",
        ),
        (
            lambda f: f.private_block(0x7053, "Philips PET Private Group", create=True).add_new(
                0x03, "ST", "study.dcm"
            ),
            "(7053,1003) private",
        ),
    ],
)
def test_files_that_may_say_who_the_patient_is_are_refused_with_the_elements_but_not_their_values(
    tmp_path: Path, change: Callable[[Any], None], tag: str
) -> None:
    def named(file: Any, n: int) -> None:
        file.PatientIdentityRemoved = "NO"
        if n == 3:
            change(file)

    real_series(tmp_path, "CT", named)
    with pytest.raises(IdentifiableError) as caught:
        read_dicom(tmp_path)
    assert "REFUSED" in str(caught.value)
    assert tag in str(caught.value)
    assert "netcourse anonymise" in str(caught.value)
    for value in ("Doe", "1950", "Roe", "Hospital", "study.dcm"):
        assert value not in str(caught.value)


def test_two_patients_are_not_one_study(tmp_path: Path) -> None:
    real_series(tmp_path / "a", "CT")
    real_series(tmp_path / "b", "PT", lambda f, n: setattr(f, "PatientID", "OTHER"))
    with pytest.raises(ValueError, match="holds 2 patients"):
        read_dicom(tmp_path)


def test_an_empty_folder_and_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no DICOM files"):
        read_dicom(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        read_dicom(tmp_path / "none")


# pydicom's own files, which the package carries.


def carried(name: str) -> Path:
    return Path(pydicom.data.__file__).parent / "test_files" / name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("SC_rgb_rle.dcm", "Secondary Capture"),
        ("rtdose.dcm", "RT Dose Storage"),
        ("reportsi.dcm", "Basic Text SR"),
        ("examples_palette.dcm", "Ultrasound"),
        ("liver_1frame.dcm", "Segmentation Storage"),
        ("MR_truncated.dcm", "MR_truncated.dcm cannot be decoded"),
    ],
)
def test_what_is_no_slice_is_left_out_with_its_reason(
    tmp_path: Path, name: str, reason: str
) -> None:
    file = carried(name)
    if not file.is_file():
        pytest.skip(f"this pydicom does not carry {name}")
    if name.startswith("MR"):
        shutil.copy(anonymous(file, tmp_path / "in"), tmp_path / name)
        shutil.rmtree(tmp_path / "in")
    else:
        shutil.copy(file, tmp_path / name)
    with pytest.raises(ValueError) as caught:
        read_dicom(tmp_path)
    assert reason in str(caught.value)


def anonymous(file: Path, folder: Path) -> Path:
    """The file with a pseudonym and no private elements, and nothing else changed."""
    folder.mkdir()
    dataset = pydicom.dcmread(file)
    dataset.remove_private_tags()
    for element in list(dataset.iterall()):
        if element.VR == "PN" or element.keyword in ("PatientBirthDate", "AccessionNumber"):
            element.value = ""
        if element.keyword.startswith(("Institution", "OtherPatient", "PatientAddress")):
            element.value = ""
    dataset.PatientName = dataset.PatientID = "CASE"
    dataset.save_as(folder / file.name)
    return folder / file.name


@pytest.mark.parametrize(
    "name",
    [
        "MR_small.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_RLE.dcm",
    ],
)
def test_every_transfer_syntax_gives_the_same_picture(tmp_path: Path, name: str) -> None:
    if not carried(name).is_file():
        pytest.skip(f"this pydicom does not carry {name}")
    path = anonymous(carried(name), tmp_path / "in")
    plain = pydicom.dcmread(carried("MR_small.dcm")).pixel_array
    volume = read_dicom(path.parent)["MR"]
    assert (volume.array[0] == plain).all()
    assert volume.spacing_mm[1:] == pytest.approx((0.3125, 0.3125))


def test_pydicoms_ct_has_its_hounsfield_units(tmp_path: Path) -> None:
    path = anonymous(carried("CT_small.dcm"), tmp_path / "in")
    volume = read_dicom(path.parent)["CT"]
    file = pydicom.dcmread(path)
    assert (volume.array[0] == file.pixel_array - 1024).all()
    assert volume.origin_mm == pytest.approx(tuple(map(float, file.ImagePositionPatient[::-1])))


def test_a_file_as_it_comes_from_a_hospital_is_refused(tmp_path: Path) -> None:
    shutil.copy(carried("CT_small.dcm"), tmp_path)
    with pytest.raises(IdentifiableError, match=r"\(0010,0010\) Patient's Name"):
        read_dicom(tmp_path)
