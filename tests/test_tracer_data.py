"""Tracers as data: nuclides, affinity, dose, the day of a generator, approvals, and which receptor
tracer a department uses.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import netcourse
from netcourse.decisions.core import Status, Weight
from netcourse.decisions.tracer import (
    Department,
    approved,
    preparation,
    scan_dose_msv,
    which_ssr_tracer,
)
from netcourse.evidence import Mark, figure, figures, statement
from netcourse.evidence.tracers import REGIONS, Region, read_tracers, tracers

TABLES = (Path(netcourse.__file__).parent / "evidence" / "tracers.toml").read_text(encoding="utf-8")
PEPTIDES = ("ga68_dotatate", "ga68_dotatoc", "ga68_dotanoc")
HAS = ("ga68", "f18_ssr", "cu64", "hynic_toc", "indium")


def value(id: str) -> float:
    return figure(id).value


# Nuclides, affinity, dose.


@pytest.mark.covers("S24", "S26", "D15")
def test_68ga_lives_shorter_and_its_positrons_go_further_than_those_of_18f_and_64cu() -> None:
    for other in ("f18", "cu64"):
        assert value("nuclide.ga68.half_life") < value(f"nuclide.{other}.half_life")
        assert value("nuclide.ga68.energy_max") > value(f"nuclide.{other}.energy_max")
        assert value("nuclide.ga68.range") > value(f"nuclide.{other}.range")
        assert value("pet.fwhm.ga68") > value(f"pet.fwhm.{other}")
    for nuclide in ("ga68", "cu64"):
        found = figure(f"nuclide.{nuclide}.range")
        assert found.low is not None
        assert found.low < found.value, "the other table's value is kept beside it"
        assert found.mark is Mark.V
        assert f"{found.value:g}" in statement("D15").in_words
        assert f"{found.low:g}" in statement("D15").in_words
    assert f"{value('nuclide.ga68.half_life'):g}" in (statement("S24").corrected or "")


def test_the_mean_energy_of_a_positron_is_below_its_largest_and_branches_are_shares() -> None:
    for nuclide in ("ga68", "f18", "cu64"):
        assert 0 < value(f"nuclide.{nuclide}.energy_mean") < value(f"nuclide.{nuclide}.energy_max")
        assert 0 < value(f"nuclide.{nuclide}.branch") <= 100
    assert value("nuclide.cu64.branch") + value("nuclide.cu64.beta_minus") < 100, (
        "the rest is electron capture"
    )


@pytest.mark.covers("S20", "TL1", "TL2", "S21")
def test_every_ligand_binds_subtype_2_best_and_the_stronger_binder_did_not_find_more() -> None:
    ligands = {id.split(".")[0] for id in figures("affinity")}
    for ligand in ligands:
        assert (
            min(figures(f"affinity.{ligand}").items(), key=lambda item: item[1].value)[0] == "sst2"
        ), ligand
    assert value("affinity.ga_dotatate.sst2") <= value("affinity.ga_dotatoc.sst2") / 10
    assert value("head_to_head.lesions.dotatate") < value("head_to_head.lesions.dotatoc")
    assert value("head_to_head.lesions.dotatate") > 0.95 * value("head_to_head.lesions.dotatoc"), (
        "and not much fewer either"
    )
    assert not any("cu" in ligand or "hynic" in ligand for ligand in ligands), (
        "no IC50 was found for these"
    )


def test_a_limit_of_affinity_is_called_a_limit_and_a_mean_has_its_error() -> None:
    for id, found in figures("affinity").items():
        assert (found.statistic == "above") == (found.value in (1000, 10000)), id
        assert found.statistic == "above" or found.sd is not None or id.startswith("sitate"), id
        assert found.unit == "nM"


@pytest.mark.covers("D14", "S25")
@pytest.mark.parametrize("id", [id for id, row in tracers().items() if row.dose and row.activity])
def test_usual_activity_times_dose_gives_what_is_printed_for_a_usual_scan(id: str) -> None:
    printed = figure(f"tracer.{id}.scan_dose")
    assert printed.low is not None
    assert printed.high is not None
    assert printed.low <= scan_dose_msv(id) <= printed.high
    assert scan_dose_msv(id) == pytest.approx(printed.value, rel=0.05)


@pytest.mark.covers("D14", "S25")
def test_the_dose_of_dotatate_is_the_labels_with_the_other_beside_it_and_sitate_gives_no_more() -> (
    None
):
    dose = figure("tracer.ga68_dotatate.dose")
    assert dose.high is not None
    assert f"{dose.value:g} or {dose.high:g} mSv/MBq" in statement("D14").in_words
    assert scan_dose_msv("ga68_dotatate", 150) == pytest.approx(3.15), (
        "what the label says of 150 MBq"
    )
    assert value("tracer.f18_sitate.dose") < dose.value
    assert scan_dose_msv("in111_octreotide") > 2 * scan_dose_msv("f18_sitate")


def test_a_dose_that_is_not_known_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="knows no dose of 68Ga-exendin-4"):
        scan_dose_msv("ga68_exendin", 80)
    with pytest.raises(ValueError, match="activity_mbq is 0; it must be above 0"):
        scan_dose_msv("f18_fdg", 0)
    with pytest.raises(ValueError, match="no tracer 'f18_psma'; tracers are ga68_dotatate"):
        scan_dose_msv("f18_psma")


# A department's day.


def served(start_mbq: float, each_mbq: float, half_life: float) -> int:
    """Patients that one batch serves when one is injected per slot: the later, the more must be
    there at the start.
    """
    patients, used = 0, 0.0
    while (
        used := used + each_mbq * 2 ** (value("planning.slot") * patients / half_life)
    ) <= start_mbq:
        patients += 1
    return patients


def generator_mbq(months: float) -> float:
    left = 0.5 ** (months * 365.25 / 12 / value("nuclide.ge68.half_life_d"))
    synthesis = 0.5 ** (value("generator.synthesis") / value("nuclide.ga68.half_life"))
    return (
        1000
        * value("generator.activity")
        * left
        * value("generator.elution")
        * value("generator.labelling")
        * synthesis
    )


@pytest.mark.covers("TL3", "S24", "S28")
def test_a_new_generator_serves_three_patients_one_at_the_end_of_its_life_two_and_an_18f_batch_eight() -> (
    None
):
    each, half_life = value("planning.activity_ga68"), value("nuclide.ga68.half_life")
    assert served(generator_mbq(0), each, half_life) == value("planning.patients.new")
    assert served(generator_mbq(value("generator.shelf_life")), each, half_life) == value(
        "planning.patients.year"
    )
    f18 = value("nuclide.f18.half_life")
    batch = 1000 * value("planning.batch_f18") * 0.5 ** (value("planning.transport_f18") / f18)
    assert served(batch, value("planning.activity_f18"), f18) == value("planning.patients.f18")
    left = 0.5 ** (365.25 / value("nuclide.ge68.half_life_d"))
    assert left == pytest.approx(2 / 5, abs=0.01), "the sentence says two fifths"


# Approvals.


@pytest.mark.covers("D19", "S22")
def test_each_agency_approved_its_own_of_the_three_peptides_and_nobody_dotanoc() -> None:
    said = {
        (id, region)
        for id in PEPTIDES
        for region in REGIONS
        if approved(id, region).verdict == "approved"
    }
    assert said == {("ga68_dotatate", "fda"), ("ga68_dotatoc", "fda"), ("ga68_dotatoc", "ema")}
    assert "only DOTATOC" in (statement("S22").corrected or "")
    for id in PEPTIDES:
        texts = {r.rule: r.text for r in approved(id, "ema").reasons}
        assert texts.keys() == {"D19", "S22"}
        assert "only DOTATOC" in texts["S22"], "the correction is what is said"


@pytest.mark.parametrize(
    ("id", "region", "verdict", "named"),
    [
        ("ga68_dotatate", "fda", "approved", "Netspot, 2016"),
        ("ga68_dotatoc", "ema", "approved", "SomaKit TOC, 2016"),
        ("cu64_dotatate", "fda", "approved", "Detectnet, 2020"),
        ("cu64_dotatate", "ema", "not approved", "orphan"),
        ("f18_sitate", "fda", "not approved", ""),
        ("f18_fdopa", "fda", "approved for another use", "Parkinsonian"),
        ("f18_fdopa", "ema", "approved by single countries", "NET among the indications"),
        ("tc99m_hynic_toc", "ema", "approved by single countries", "Tektrotyd"),
        ("in111_octreotide", "fda", "approved", "1994"),
    ],
)
@pytest.mark.covers("D19")
def test_an_approval_names_product_and_year_and_the_agency_that_says_otherwise(
    id: str, region: Region, verdict: str, named: str
) -> None:
    decision = approved(id, region)
    assert decision.verdict == verdict
    assert named in decision.reasons[0].text
    assert decision.reasons[0].status is (Status.MET if verdict == "approved" else Status.NOT_MET)
    for flip in decision.flips:
        other: Any = flip.input.removeprefix("region: ")
        assert approved(id, other).verdict == flip.verdict != verdict


def test_an_approval_that_was_seen_says_so_and_one_that_was_not_says_that() -> None:
    assert approved("ga68_dotatate", "fda").reasons[0].mark is Mark.V
    assert approved("ga68_dotanoc", "ema").reasons[0].mark is Mark.K
    with pytest.raises(ValueError, match="region is 'mhra'; it must be one of fda, ema"):
        approved("ga68_dotatoc", "mhra")  # type: ignore[arg-type]


# Preparation, and the file.


@pytest.mark.covers("TP1", "TP2", "TP3", "TP4", "TP5", "TP6", "TP7")
def test_preparation_follows_the_tracer() -> None:
    needed = {
        "ga68_dotatate": "no fasting",
        "f18_fdg": "fast",
        "f18_fdopa": "carbidopa",
        "ga68_exendin": "glucose",
        "tc99m_hynic_toc": "optional",
        "in111_octreotide": "laxative",
        "i123_mibg": "thyroid",
    }
    for id, word in needed.items():
        assert any(word in sentence for sentence in preparation(id)), id
    assert {
        preparation(id)
        for id, row in tracers().items()
        if row.target == "sst" and row.camera == "PET"
    } == {preparation("ga68_dotatoc")}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'nuclide = "cu64"',
            'nuclide = "cu63"',
            r"cu64_dotatate.*no figure 'nuclide\.cu63\.half_life'",
        ),
        (
            'dose = "tracer.f18_fdg.dose"',
            'dose = "tracer.f18_fdg.doze"',
            r"f18_fdg.*no figure 'tracer\.f18_fdg\.doze'",
        ),
        ('preparation = ["TP4"]', 'preparation = ["TP44"]', "ga68_exendin.*no statement 'TP44'"),
        (
            'product = "Netspot", year = 2016',
            'product = "Netspot", year = 16',
            r"ga68_dotatate\.fda\.year",
        ),
        (
            'product = "Netspot", year',
            'products = "Netspot", year',
            r"ga68_dotatate\.fda\.products",
        ),
        ('status = "other use"', 'status = "maybe"', r"f18_fdopa\.fda\.status"),
        ('source = ["DetA"]', 'source = ["Nobody"]', r"cu64_dotatate\.fda.*no source 'Nobody'"),
    ],
)
def test_a_faulty_tracer_is_refused_naming_file_tracer_and_field(
    old: str, new: str, complaint: str
) -> None:
    assert TABLES.count(old) == 1
    with pytest.raises(ValueError, match=rf"tracers\.toml, {complaint}"):
        read_tracers(TABLES.replace(old, new))


def test_every_tracer_of_the_file_has_its_figures_in_evidence_and_the_other_way_round() -> None:
    with_figures = {id.split(".")[0] for id in figures("tracer")}
    assert with_figures == set(tracers())
    for id, row in tracers().items():
        assert row.uptake_time, id
        assert row.half_life_min > 0


# Which receptor tracer.


def at(**has: Any) -> str:
    return which_ssr_tracer(Department(**has)).verdict


@pytest.mark.covers("S21", "TR24", "S28", "S25")
def test_68ga_is_used_where_one_elution_serves_the_day_and_18f_where_it_does_not() -> None:
    capacity = int(value("planning.patients.new"))
    both = {"ga68": True, "f18_ssr": True}
    assert [at(**both, patients_a_day=n) for n in (capacity, capacity + 1)] == [
        "a 68Ga-DOTA peptide",
        "18F-SiTATE",
    ]
    assert at(ga68=True, patients_a_day=capacity + 1) == "a 68Ga-DOTA peptide", "it is all there is"
    many = which_ssr_tracer(Department(**both, patients_a_day=capacity + 1))
    assert {"TR24", "S28", "S25"} <= {r.rule for r in many.reasons}
    few = which_ssr_tracer(Department(**both, patients_a_day=capacity))
    assert "S21" in {r.rule for r in few.reasons}
    assert which_ssr_tracer(Department(**both)).missing == ("patients a day",)
    assert which_ssr_tracer(Department(ga68=True)).missing == (), "nothing else could be chosen"


@pytest.mark.covers("TR24", "S24")
def test_68ga_that_travels_for_a_half_life_or_more_gives_way() -> None:
    limit = value("planning.transport_half_lives") * value("nuclide.ga68.half_life")
    both = {"ga68": True, "f18_ssr": True}
    assert [at(**both, transport_min=minutes) for minutes in (limit - 0.1, limit)] == [
        "a 68Ga-DOTA peptide",
        "18F-SiTATE",
    ]
    (left,) = (
        r
        for r in which_ssr_tracer(Department(**both, transport_min=limit)).reasons
        if r.rule == "S24"
    )
    assert "50 %" in left.text
    assert (left.status, left.weight) == (Status.MET, Weight.RELATIVE)


@pytest.mark.covers("TR24", "D19")
def test_of_what_serves_as_well_the_approved_comes_first() -> None:
    long_lived = {"f18_ssr": True, "cu64": True}
    assert [at(**long_lived, region=region) for region in ("fda", "ema", None)] == [
        "64Cu-DOTATATE",
        "18F-SiTATE",
        "18F-SiTATE",
    ]
    assert [at(ga68=True, region=region) for region in ("fda", "ema")] == [
        "68Ga-DOTATATE or 68Ga-DOTATOC",
        "68Ga-DOTATOC",
    ]
    assert "not approved here" in which_ssr_tracer(Department(f18_ssr=True, region="ema")).flags
    assert "not approved here" not in which_ssr_tracer(Department(ga68=True, region="ema")).flags


@pytest.mark.covers("TR24", "TR25", "S20")
def test_without_pet_it_is_hynic_toc_and_indium_only_where_there_is_nothing_else() -> None:
    assert (
        at(pet=False, ga68=True, f18_ssr=True, hynic_toc=True, indium=True)
        == "99mTc-EDDA/HYNIC-TOC"
    )
    assert at(pet=False, ga68=True, indium=True) == "111In-octreotide"
    assert at(pet=False, ga68=True) == at() == "refer"
    for has in ({"ga68": True}, {"f18_ssr": True}, {"cu64": True}, {"hynic_toc": True}):
        decision = which_ssr_tracer(Department(**has, indium=True))
        assert decision.verdict != "111In-octreotide"
        assert {"TR25", "S20"} <= {r.rule for r in decision.reasons}
    assert "TR25" not in {r.rule for r in which_ssr_tracer(Department(indium=True)).reasons}


departments = st.builds(
    Department,
    pet=st.booleans(),
    **dict.fromkeys(HAS, st.booleans()),
    patients_a_day=st.none() | st.integers(1, 12),
    transport_min=st.sampled_from([0.0, 30.0, 67.7, 120.0]) | st.floats(0, 300),
    region=st.none() | st.sampled_from(REGIONS),
)


@settings(deadline=None)
@given(departments)
def test_a_department_uses_what_it_has_and_every_flip_is_true(department: Department) -> None:
    decision = which_ssr_tracer(department)
    names = {
        "ga68": ("68Ga",),
        "f18_ssr": ("18F",),
        "cu64": ("64Cu",),
        "hynic_toc": ("99mTc",),
        "indium": ("111In",),
    }
    possible = [
        field
        for field in HAS
        if getattr(department, field) and (department.pet or field in ("hynic_toc", "indium"))
    ]
    if not possible:
        assert decision.verdict == "refer"
    else:
        assert any(
            decision.verdict.removeprefix("a ").startswith(names[field]) for field in possible
        )
    for flip in decision.flips:
        then = flip.then if flip.then is not None else not getattr(department, flip.input)
        assert (
            which_ssr_tracer(department.model_copy(update={flip.input: then})).verdict
            == flip.verdict
            != decision.verdict
        )
    for r in decision.reasons:
        assert r.source
        assert not re.search(r"[{}]|None|_", r.text), r.text


def test_an_impossible_department_is_refused() -> None:
    for wrong, complaint in (
        ({"patients_a_day": 0}, "greater than or equal to 1"),
        ({"transport_min": -1}, "greater than or equal to 0"),
        ({"xenon": True}, "Extra"),
    ):
        with pytest.raises(ValidationError, match=complaint):
            Department.model_validate(wrong)
