"""Pages of pictures: what stands in each panel, and that a page reads without its picture."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image

from netcourse.evidence import figure
from netcourse.patients import generate
from netcourse.reading.lab.panels import Page, axial, lay_out, mip
from netcourse.reading.lessons.ct.pages import figure_2, model_agrees
from netcourse.reading.lessons.heterogeneity.pages import (
    before_and_after,
    figure_4,
    survival_by_netpet,
)
from netcourse.scanner import Study, part_positions, scan

PATIENT = generate("liver_metastases_g2")


@cache
def study() -> Study:
    return scan(PATIENT, ["CT late arterial", "CT", "T1 arterial", "DWI", "PT"])


def contrast(series: str) -> float:
    """Grey of the lesion less grey of liver beside it, in a panel of that series."""
    z, y, x = study().lesions_mm["L1"]
    panel = axial(study(), series, (z, y, x))
    base = axial(study(), "CT", (z, y, x))
    assert panel.rgb.shape == base.rgb.shape
    volume = study()[series]
    k, j, i = volume.index((z, y, x))
    lesion = volume.array[k, j - 3 : j + 4, i - 3 : i + 4].mean()
    row, column = (
        int(np.argmin(np.abs(np.arange(n) - at)))
        for n, at in zip(volume.array.shape[1:], (j, i), strict=True)
    )
    ring = volume.array[k, row - 18 : row + 19, column - 18 : column + 19]
    return float(lesion - np.median(ring))


@pytest.mark.covers("S10", "S11", "S12")
def test_one_metastasis_is_bright_arterial_dark_portal_and_bright_on_both_mr_views() -> None:
    assert contrast("CT late arterial") > 8
    assert contrast("CT") < -8
    assert contrast("T1 arterial") > 30
    assert contrast("DWI") > 150


def test_the_page_of_figure_2_holds_six_panels_and_says_in_words_what_they_are() -> None:
    page = figure_2(PATIENT)
    image = Image.open(io.BytesIO(page.png))
    assert image.width / image.height == pytest.approx(3 * 372 / (2 * 280), rel=0.02)
    for letter in "abcdef":
        assert f"{letter}: " in page.alt
    assert "synthetic" in page.caption.lower()
    assert "not for patient care" in page.caption
    assert "image/png" in page._repr_mimebundle_()[0]
    assert len(page.png) < 400_000


def test_fused_panels_are_coloured_and_others_grey() -> None:
    point = study().lesions_mm["L1"]
    grey_, fused = axial(study(), "CT", point), axial(study(), "CT", point, pet="PT")
    assert (grey_.rgb[..., 0] == grey_.rgb[..., 2]).all()
    assert (fused.rgb[..., 0].astype(int) - fused.rgb[..., 2]).max() > 50


def test_the_projection_shows_the_torso_with_hot_organs_dark() -> None:
    panel = mip(study())
    assert panel.rgb.shape[0] < study()["PT"].array.shape[0]
    assert panel.rgb.min() < 10
    assert panel.rgb[0].mean() > 200


def test_a_series_that_does_not_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="does not reach"):
        axial(study(), "DWI", (400.0, 0.0, 0.0))
    with pytest.raises(KeyError, match="late arterial"):
        axial(study(), "CT enteric", study().lesions_mm["L1"])


def test_panels_are_laid_out_in_rows() -> None:
    point = study().lesions_mm["L1"]
    page = lay_out([axial(study(), "CT", point)] * 5, 2, (100, 80))
    assert page.size == (2 * 100 + 4, 3 * 80 + 2 * 4)


@pytest.mark.covers("D26")
def test_the_plot_of_the_model_names_its_tissues_and_its_marks() -> None:
    page = model_agrees()
    assert "kidney cortex" in page.alt
    assert repr(page).startswith("Page: Attenuation")
    assert isinstance(page, Page)


@pytest.mark.covers("S64")
def test_the_page_of_figure_4_shows_the_tail_on_fdg_and_the_liver_only_on_the_receptor_scan() -> (
    None
):
    patient = generate("pancreas_two_grades")
    two, parts = scan(patient, ["PT", "FDG"]), part_positions(patient)
    at = {"tail": parts["P1"]["B"], "body": two.lesions_mm["P2"], "liver": two.lesions_mm["L2"]}
    ssr = {
        place: two["PT"].at(point) / patient.organs("ssr").suv["liver"]
        for place, point in at.items()
    }
    fdg = {
        place: two["FDG"].at(point) / patient.organs("fdg").suv["liver"]
        for place, point in at.items()
    }
    assert min(ssr.values()) > 2
    assert fdg["tail"] > 3
    assert max(fdg["body"], fdg["liver"]) < 1.1
    page = figure_4(patient)
    image = Image.open(io.BytesIO(page.png))
    assert image.width > 2 * image.height
    assert all(f"{letter}: " in page.alt for letter in "abcdefgh")
    assert "figure 4" in page.caption
    assert "not for patient care" in page.caption
    assert len(page.png) < 250_000


@pytest.mark.covers("TM4")
def test_the_second_scan_on_paper_is_paler_on_one_tracer_and_darker_on_the_other() -> None:
    patient = generate("dedifferentiated_metastasis")
    page = before_and_after(patient, 9)
    grey_ = np.asarray(Image.open(io.BytesIO(page.png)).convert("L"), int)
    wide = grey_.shape[1] // 4
    liver = [255 - grey_[100:250, n * wide + 30 : n * wide + 110] for n in range(4)]
    dark = [int((part > 200).sum()) for part in liver]
    assert dark[3] > 1.6 * dark[2] > 0
    assert liver[1].max() < liver[0].max()
    assert "L2 28 to" in page.alt
    assert "(T)" in page.caption


@pytest.mark.covers("NP10", "netpet.survival.p1")
def test_survival_by_grade_is_shown_as_published_with_its_source() -> None:
    page = survival_by_netpet()
    for group in ("p1", "p2_4", "p5"):
        assert f"{figure(f'netpet.survival.{group}.overall').value:g}" in page.alt
    assert "Br J Cancer" in page.caption
    assert f"{figure('netpet.survival.patients').value:g} patients" in page.caption
