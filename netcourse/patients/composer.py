"""Patients for the drill, each another: composed by published rates instead of from an archetype.

A case is normal, has mimics only, or has a tumour with metastases in the organs to which such a
tumour goes; how often each comes stands in evidence (`compose.*`), what it is made of in
`composer.toml`. The referral is drawn without looking at the rest, so it tells nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from netcourse.evidence import figure, figures
from netcourse.patients.generator import Draws, from_rows
from netcourse.patients.model import Lesion, Patient, places
from netcourse.patients.record import Model
from netcourse.patients.rescan import with_analogue

CaseKind = Literal["normal", "mimics", "tumour"]
CASE_KINDS: tuple[CaseKind, ...] = get_args(CaseKind)
NAME = "unmarked"
_PERCENT = 100.0
_MIMIC = "X_"
_GRADES = {"G1": (0.5, 2.9), "G2": (3.0, 20.0), "G3": (21.0, 45.0)}
_MOST_IN_ONE_PLACE = 2
_DAYS_SINCE_ANALOGUE = 14


class Mimic(Model):
    """Uptake that is no neuroendocrine tumour: where, how large (mm), how hot (SUVmax as read), how
    it looks, how often (share, 0 to 1), and the statement that teaches it.
    """

    id: str
    places: tuple[str, ...]
    size_mm: tuple[float, float]
    suv_max: tuple[float, float]
    pattern: str
    share: float
    teaches: str
    nature: str = "other"
    correlate: str | None = None
    sex: str | None = None


@cache
def mimics() -> Mapping[str, Mimic]:
    """Return every mimic by id.

    >>> mimics()["uncinate"].share, mimics()["uncinate"].teaches
    (0.34, 'KP6')
    """
    found = {}
    for id, row in _parts()["mimic"].items():
        rate = figure(row.get("rate", f"compose.mimic.{id}")).value
        about = {name: value for name, value in row.items() if name != "rate"}
        found[id] = Mimic.model_validate(about | {"id": id, "share": rate / _PERCENT})
    return found


def case_kind(seed: int) -> CaseKind:
    """Return what kind of case a seed composes, without composing it; ValueError below 1.

    >>> [case_kind(seed) for seed in (1, 2, 3)]
    ['mimics', 'tumour', 'normal']
    """
    if seed < 1:
        raise ValueError(f"seed is {seed}; it must be 1 or more")
    share = {id: found.value for id, found in figures("compose.case").items()}
    rest = _PERCENT - sum(share.values())
    return _weighted(Draws(NAME, seed), "kind", {**share, "tumour": rest})  # type: ignore[return-value]


def compose(seed: int) -> Patient:
    """Return the patient of a seed, 1 or more; the same everywhere and for ever.

    Nothing in `title` and `history.story` depends on what the pictures hold. Raises ValueError for
    a seed below 1.

    >>> compose(7)
    Patient unmarked-7: Unmarked case 7, 5 lesions, SYNTHETIC
    >>> compose(7) == compose(7)
    True
    """
    kind, draws = case_kind(seed), Draws(NAME, seed)
    sex = draws.choice("sex", ("female", "male"))
    site = _weighted(
        draws, "site", {id: found.value for id, found in figures("compose.primary").items()}
    )
    grade = _weighted(draws, "grade", {"G1": 50, "G2": 40, "G3": 10})
    rows = _person(draws, sex, site, grade) | {"title": f"Unmarked case {seed}"}
    rows["ssr"] = _organs(draws)
    if kind == "tumour":
        tumour = list(_tumour(draws, site, sex))
        rows["lesions"] = [*tumour, *_mimicking(draws, sex, 0, {one["place"] for one in tumour})]
    elif kind == "mimics":
        rows["lesions"] = list(_mimicking(draws, sex, 1))
    patient = from_rows(rows, NAME, seed)
    if _chance(draws, "analogue", figure("compose.share.analogue").value):
        patient = with_analogue(patient, _DAYS_SINCE_ANALOGUE)
    return patient


def mimic_of(lesion: Lesion) -> Mimic | None:
    """Return the mimic that a lesion of a composed patient is, None for one of the tumour's own.

    >>> patient = compose(7)
    >>> [found.id for lesion in patient.lesions if (found := mimic_of(lesion))]
    []
    """
    return mimics().get(lesion.id.removeprefix(_MIMIC))


@cache
def _parts() -> dict[str, Any]:
    return tomllib.loads(
        (resources.files(__package__) / "composer.toml").read_text(encoding="utf-8")
    )


def _person(draws: Draws, sex: str, site: str, grade: str) -> dict[str, Any]:
    """The rows of a patient without findings; none of them looks at the kind of case."""
    body, referral = _parts()["body"], _parts()["referral"]
    height = draws.uniform("stature", *body["height_cm"][sex])
    mass_index = draws.uniform("mass index", *body["mass_index"])
    named = _parts()["primary"][site]["named"]
    story = draws.choice("reason", referral["reasons"]).format(named=named, grade=grade)
    if _chance(draws, "analogue", figure("compose.share.analogue").value):
        story = f"{story} {referral['analogue']}"
    return {
        "sex": sex,
        "age_y": round(draws.uniform("years", 32, 82)),
        "height_cm": height,
        "weight_kg": round(mass_index * (height / 100) ** 2, 1),
        "pathology": {
            "site": site,
            "proven": True,
            "ki67_percent": round(draws.uniform("ki67", *_GRADES[grade]), 1),
        },
        "history": {"story": f"{{age}}-year-old {{person}}. {story[0].upper()}{story[1:]}"},
        "fdg": {},
    }


def _organs(draws: Draws) -> dict[str, float]:
    """The receptor uptake of the normal organs, SUV: patients differ, in part all organs alike."""
    varied = figures("compose.vary")
    sd, shared = varied["organ"].value, varied["shared"].value
    alike = draws.spread("organs", sd * shared**0.5)
    return {
        organ: round(
            found.value * alike * draws.spread(f"organs/{organ}", sd * (1 - shared) ** 0.5), 3
        )
        for organ, found in figures("uptake.ga68_dotatate").items()
        if found.sd
    }


def _tumour(draws: Draws, site: str, sex: str) -> Iterator[dict[str, Any]]:
    """The lesions of a tumour: the primary where it is left, and metastases by organ."""
    primary = _parts()["primary"][site]
    metastatic = _chance(draws, "metastatic", figure("compose.stage.metastatic").value)
    shown = bool(primary["places"]) and _chance(
        draws, "in place", figure("compose.stage.in_place").value
    )
    if metastatic:
        organs = _distant(draws, site)
        if _chance(draws, "to nodes", figure("compose.organ.nodes").value):
            organs = [*organs, "nodes"]
    else:
        nodes = not shown or _chance(draws, "to nodes", figure("compose.nodes.regional").value)
        organs = ["nodes"] * nodes
    level = _level(draws)
    taken: dict[str, int] = {}
    if shown:
        yield _lesion(draws, "P1", "primary", draws.choice("P1", primary["places"]), site, level)
    for organ in organs:
        row = _parts()["organ"][organ]
        low, high = row["count"]
        # few are commoner than many
        count = low + int((high - low + 1) * draws.unit(f"{organ}/count") ** 1.5)
        for n in range(1, count + 1):
            id = f"{row['letter']}{n}"
            basin = primary["basin"] if not metastatic or organ == "nodes" else ()
            place = _place(draws, id, homes(organ, sex), basin, taken)
            if place is None:
                break
            taken[place] = taken.get(place, 0) + 1
            yield _lesion(draws, id, organ, place, site, level)


def _distant(draws: Draws, site: str) -> list[str]:
    """The organs with distant metastases, at least one, each as often as counted.

    Who has none in the liver has them elsewhere; the others' rates make up what that leaves open.
    """
    share = {id: found.value / _PERCENT for id, found in figures("compose.organ").items()}
    liver = share["liver_from_lung" if site == "lung" else "liver"]
    rest = {organ: share[organ] for organ in ("lung", "bone", "peritoneum", "rare")}
    if not _chance(draws, "to liver", _PERCENT * liver):
        return [_weighted(draws, "instead", rest)]
    found = ["liver"]
    for organ, rate in rest.items():
        beside = (rate - (1 - liver) * rate / sum(rest.values())) / liver
        if _chance(draws, f"to {organ}", _PERCENT * beside):
            found.append(organ)
    return found


def _place(
    draws: Draws, id: str, homes: Sequence[str], basin: Sequence[str], taken: Mapping[str, int]
) -> str | None:
    """One of an organ's places with room; of a node mostly in the basin of the primary."""
    free = [
        place
        for place in homes
        if taken.get(place, 0) < (_MOST_IN_ONE_PLACE if places()[place].part_of == "liver" else 1)
    ]
    near = [place for place in free if place in basin]
    if near and _chance(draws, f"{id}/home", figure("compose.nodes.at_home").value):
        free = near
    return draws.choice(f"{id}/place", free) if free else None


@cache
def homes(organ: str, sex: str) -> tuple[str, ...]:
    """Return the places in which an organ's metastases can lie in a woman or a man.

    >>> homes("lung", "female")[:2]
    ('lung_right_lower', 'lung_left_upper')
    >>> homes("rare", "female"), homes("rare", "male")
    (('ovary_right', 'heart', 'orbit_left'), ('heart', 'orbit_left'))
    """
    never = set(_parts()["never"])
    organs = _parts()["organ"][organ].get("of", [organ])
    return tuple(
        id
        for id, place in places().items()
        if place.part_of in organs
        and place.typical
        and not place.physiologic
        and place.sex in (None, sex)
        and id not in never
    )


def _level(draws: Draws) -> tuple[float, float]:
    """How hot a patient's tumour is (× usual liver) and how much of FDG it takes."""
    share = figures("compose.share")
    few, hot = share["low"].value, share["hot"].value
    kind = _weighted(draws, "level", {"low": few, "usual": _PERCENT - few - hot, "hot": hot})
    return _between(draws, "level/times", kind), draws.uniform(
        "level/fdg", *((4.0, 9.0) if kind == "low" else (1.3, 3.2))
    )


def _between(draws: Draws, name: str, kind: str) -> float:
    """An uptake of that kind, evenly on a logarithmic scale."""
    found = figure(f"compose.uptake.{kind}")
    assert found.low is not None
    assert found.high is not None
    return float(found.low * (found.high / found.low) ** draws.unit(name))


def _lesion(
    draws: Draws, id: str, organ: str, place: str, site: str, level: tuple[float, float]
) -> dict[str, Any]:
    """One lesion of a tumour as a row of an archetype."""
    row, usual = _parts()["organ"][organ], figure("uptake.ga68_dotatate.liver").value
    low, high = row["size_mm"]
    most = places()[place].most_mm or high
    lost = organ != "primary" and _chance(draws, f"{id}/lost", figure("compose.share.lost").value)
    times = (
        _between(draws, f"{id}/times", "lost")
        if lost
        else level[0] * draws.spread(f"{id}/times", figure("compose.vary.lesion").value)
    )
    return {
        "id": id,
        "place": place,
        "size_mm": round(min(most, low * (high / low) ** (draws.unit(f"{id}/size") ** 1.3)), 1),
        "ssr_suv": round(times * usual, 3),
        "fdg_suv": draws.uniform(f"{id}/fdg", 7, 14) if lost else level[1],
        "pattern": _pattern(draws, id, organ, place, site),
        "offset": draws.in_ball(f"{id}/offset"),
        "nature": "dedifferentiated" if lost else "net",
    }


def _pattern(draws: Draws, id: str, organ: str, place: str, site: str) -> str:
    """How a lesion enhances: liver metastases as counted by the origin of the tumour."""
    if organ == "liver":
        origin = "pancreatic" if site == "pancreas" else "enteric"
        counted = {
            name: found.value
            for name, found in figures(f"pattern.sampling.{origin}").items()
            if name != "other"
        }
        return _weighted(draws, f"{id}/pattern", counted)
    if organ == "bone" and _chance(draws, f"{id}/occult", figure("compose.share.occult").value):
        return "occult"
    if places()[place].tissue == "pancreas":
        return "primary"
    return str(_parts()["organ"][organ]["pattern"])


def _mimicking(
    draws: Draws, sex: str, least: int, taken: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """The mimics of a patient as rows of an archetype, at least so many, beside what is `taken`."""
    can = [one for one in mimics().values() if one.sex in (None, sex)]
    found = [one for one in can if draws.unit(f"mimic/{one.id}") < one.share]
    if len(found) < least:
        shares = {one.id: one.share for one in can}
        found = [mimics()[_weighted(draws, "mimic", shares)]]
    for one in found:
        yield {
            "id": f"{_MIMIC}{one.id}",
            "place": draws.choice(
                f"{one.id}/place",
                [place for place in one.places if place not in taken] or one.places,
            ),
            "size_mm": draws.uniform(f"{one.id}/size", *one.size_mm),
            "ssr_suv_max": _evenly(draws, f"{one.id}/suv", *one.suv_max),
            "fdg_suv": draws.uniform(f"{one.id}/fdg", 1.0, 2.5),
            "pattern": one.pattern,
            "nature": one.nature,
            "offset": draws.in_ball(f"{one.id}/offset", 0.6),
        } | ({"correlate": one.correlate} if one.correlate else {})


def _evenly(draws: Draws, name: str, low: float, high: float) -> float:
    return round(float(low * (high / low) ** draws.unit(name)), 2)


def _chance(draws: Draws, name: str, percent: float) -> bool:
    return draws.unit(name) * _PERCENT < percent


def _weighted(draws: Draws, name: str, weights: Mapping[str, float]) -> str:
    """One of the names, each as often as its weight says."""
    at = draws.unit(name) * sum(weights.values())
    for id, weight in weights.items():
        at -= weight
        if at < 0:
            return id
    return list(weights)[-1]
