"""The pitfall gallery: a trap in a picture, a category from you, then the clue and what it does to
the score.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import (
    CATEGORIES,
    Pitfall,
    PitfallRead,
    pitfalls,
    rads_categories,
    with_clue,
    without_clue,
)
from netcourse.evidence import figure, statement
from netcourse.patients import Patient, generate
from netcourse.reading.lab.crop import Spot, spot
from netcourse.reading.lab.drawing import ON_PICTURE, circle, raster, rect, text
from netcourse.reading.lab.lab import Lab
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Switch
from netcourse.reading.lab.prose import Prose, table, with_mark
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import Study, Volume, organ_positions, positions, scan
from netcourse.scanner.breathing import breathed
from netcourse.scanner.study import Point

EARLIER = "PT earlier"
_WIDE, _HIGH, _TOP = 426.0, 300.0, 26.0
_CLOSE_MM = 75.0


def pitfall_study(card: Pitfall) -> tuple[Patient, Study, Point]:
    """Scan the patient of a card as the card wants it; return patient, study, and where the trap
    lies (z, y, x in mm).

    "two scans" adds the earlier PET as `PT earlier`; "breathing" takes the PET in free breathing.
    """
    patient = generate(card.archetype)
    study = scan(patient, ["CT", f"CT {card.phase}", "PT"] if card.phase else ["CT", "PT"])
    if card.view == "two scans" and patient.earlier_ssr is not None:
        before = patient.model_copy(
            update={"ssr": patient.earlier_ssr, "earlier_ssr": None, "id": f"{patient.id}-earlier"}
        )
        study = Study(
            study.patient_id,
            study.title,
            {**study.volumes, EARLIER: _earlier_pet(before)},
            study.lesions_mm,
            study.landmarks_mm,
        )
    if card.view == "breathing":
        study = breathed(study)
    return (
        patient,
        study,
        study.lesions_mm[card.lesion] if card.lesion else organ_positions(patient)[card.organ][0],
    )


def _earlier_pet(before: Patient) -> Volume:
    found = scan(before, ["PT"])["PT"]
    return replace(found, description=f"{found.description}, half a year earlier")


class PitfallGallery(Model):
    """A card of the gallery at a time: what would you call it? The clue then shows what CT, MRI or
    history say.

    >>> gallery = PitfallGallery()
    >>> gallery.tried(card="KP6"), gallery.tried(card="KP6", clue=True)
    ('KP6: a hot spot in the pancreatic head, by uptake alone Krenning 3, SSTR-RADS 4', 'KP6: Krenning 3, SSTR-RADS 4 became 1B')
    """

    title = "Pitfall gallery"
    look = (
        "Choose a card, look, and say what you would call it. Then take the clue. The viewer shows"
        " the same patient."
    )

    card = Choice(
        "Card", {id: f"{id} {one.title}" for id, one in pitfalls().items()}, "KP6", menu=True
    )
    said = Choice("You call it", {one: one for one in CATEGORIES})
    clue = Switch("Show the clue and the answer", False)

    def __init__(self, **values: Any) -> None:
        self._seen: dict[str, tuple[Patient, Study, Point]] = {}
        super().__init__(**values)

    def set(self, **values: Any) -> None:
        """Set parameters as every model does; a new card takes back what was said and closes the
        clue.
        """
        if values.get("card", self.values["card"]) != self.values["card"]:
            values = {"said": None, "clue": False} | values
        super().set(**values)

    @property
    def pitfall(self) -> Pitfall:
        """The card on show."""
        return pitfalls()[str(self.card)]

    @property
    def shown(self) -> tuple[Patient, Study, Point]:
        """Patient, study and place of the card on show; scanned once."""
        if self.pitfall.id not in self._seen:
            self._seen[self.pitfall.id] = pitfall_study(self.pitfall)
        return self._seen[self.pitfall.id]

    @property
    def reads(self) -> tuple[PitfallRead, PitfallRead]:
        """How the trap is scored without and with the clue."""
        patient = generate(self.pitfall.archetype)
        return without_clue(self.pitfall, patient), with_clue(self.pitfall, patient)

    @property
    def result(self) -> str:
        before, after = self.reads
        name = self.pitfall.title[0].lower() + self.pitfall.title[1:]
        if not self.clue:
            return f"{self.pitfall.id}: {name}, by uptake alone {before}"
        return f"{self.pitfall.id}: {_change(self.pitfall, before, after)}"

    def draw(self) -> LabFigure:
        card, (_, study, point) = self.pitfall, self.shown
        window = (
            (figure("reading.head.centre").value, figure("reading.head.width").value)
            if card.window == "head"
            else card.window
        )
        close, ct = (
            (_CLOSE_MM if card.close else None),
            (f"CT {card.phase}" if card.phase else "CT"),
        )
        fused = spot(study, point, window, "PT", half_mm=close)
        if card.view == "two scans":
            left, right = (
                ("Earlier scan, PET over CT", spot(study, point, window, EARLIER)),
                ("Today, PET over CT", fused),
            )
        else:
            there = self._true_place(point) if self.clue else point
            level = f", {abs(there[0] - point[0]):.0f} mm lower" if there != point else ""
            left = ("PET over CT", fused)
            name = f"CT alone, {card.phase} phase" if card.phase else "CT alone"
            right = (
                f"{name}{level}",
                spot(study, there, "liver" if level else window, half_mm=close, ct=ct),
            )
        drawn = [_drawn(x, *picture) for x, picture in ((0.0, left), (_WIDE + 8, right))]
        alt = f"{card.title}: {left[0]} and {right[0]}, one ring around the spot. {self.result}"
        return LabFigure("".join(drawn), (860, round(_TOP + _HIGH) + 8), alt, self._words())

    def _true_place(self, point: Point) -> Point:
        """Where CT shows what the PET shows elsewhere; differs only where breathing moved it."""
        if self.pitfall.view != "breathing":
            return point
        return positions(self.shown[0])[self.pitfall.lesion]

    def _words(self) -> str:
        card, (before, after) = self.pitfall, self.reads
        story = f"<p><em>{escape(generate(card.archetype).history.story)}</em></p><p><strong>{escape(card.trap)}</strong></p>"
        told = (
            ""
            if self.said is None
            else f" You call it {self.said}, {rads_categories()[str(self.said)].meaning}."
        )
        if not self.clue:
            return (
                f"{story}<p>By uptake alone: {before}.{told}</p><p><small>{DISCLAIMER}.</small></p>"
            )
        right = self.said == after.rads.verdict or (
            bool(card.then) and self.said == before.rads.verdict
        )  # the score stays as read
        mark = (
            ""
            if self.said is None
            else (
                " <span"
                f" class='{'nc-good' if right else 'nc-bad'}'>{'Correct.' if right else 'Incorrect.'}</span>"
            )
        )
        row = rads_categories().get(after.rads.verdict)
        then = f" Work-up: {row.work_up}. Radioligand therapy: {row.prrt}." if row else ""
        flags = "".join(
            f' <span class="nc-flag">{escape(flag)}</span>' for flag in after.rads.flags
        )
        return (
            f"{story}<p>{escape(card.clue)}</p><p><strong>{_change(card, before, after)}</strong>{flags}.{told}{mark}{escape(then)}</p><p>{with_mark(statement(card.statement))}</p><p><small>SSTR-RADS"
            f" rows are K. {DISCLAIMER}.</small></p>"
        )

    def answers(self) -> Prose:
        """Return every card with its scores without and with the clue, folded away on the page."""
        lines, rows = [], []
        for id, card in pitfalls().items():
            patient = generate(card.archetype)
            before, after = without_clue(card, patient), with_clue(card, patient)
            lines.append(f"{id} {card.title}: {_change(card, before, after)}")
            rows.append((id, escape(card.title), str(before), str(after), escape(card.clue)))
        shown = table(("Card", "Spot", "By uptake alone", "With the clue", "The clue"), rows)
        return Prose(
            "\n".join(lines),
            f"<details><summary>All cards with their answers</summary>{shown}</details>",
        )


def _change(card: Pitfall, before: PitfallRead, after: PitfallRead) -> str:
    """What the clue changes, in words; where it changes what is measured, the score stays as read
    and the other stands beside it.
    """
    if card.then:
        return f"As read {before}; with {card.then} {after}"
    one, other = before.krenning.verdict, after.krenning.verdict
    score = f"Krenning {one}" if one == other else f"Krenning {one} became {other}"
    old, new = before.rads.verdict, after.rads.verdict
    return f"{score}, SSTR-RADS {old}" + ("" if old == new else f" became {new}")


def _drawn(left: float, title: str, picture: Spot) -> str:
    """A picture in its half of the sheet, with title, sides and a ring around the spot."""
    high, wide = picture.rgb.shape[:2]
    scale = min(_WIDE / wide, _HIGH / high)
    x, y = left + (_WIDE - wide * scale) / 2, _TOP + (_HIGH - high * scale) / 2
    at = x + (picture.at[0] + 0.5) * scale, y + (picture.at[1] + 0.5) * scale
    ring = max(13.0, 16 / picture.mm_per_pixel * scale)
    return (
        rect(left, _TOP, _WIDE, _HIGH, fill="#000000")
        + raster(x, y, wide * scale, high * scale, picture.rgb)
        + circle(*at, ring, fill="none", stroke="#ffffff", width=3)
        + circle(*at, ring, fill="none", stroke="#0b63b0", width=1.5, dash="5 4")
        + text(left + 4, 18, title, size=14, weight=600)
        + text(left + 6, _TOP + _HIGH / 2, "R", size=13, fill=ON_PICTURE)
        + text(left + _WIDE - 6, _TOP + _HIGH / 2, "L", size=13, fill=ON_PICTURE, anchor="end")
        + text(left + 6, _TOP + _HIGH - 8, "SYNTHETIC", size=11, fill=ON_PICTURE)
    )


def pitfall_gallery(viewer: Viewer | None = None, **values: Any) -> Lab[PitfallGallery]:
    """Return the gallery, beside a viewer that shows the same patient where one is given."""
    gallery = PitfallGallery(**values)
    lab = Lab(gallery)
    if viewer is not None:
        shown: list[str] = []

        def to_viewer() -> None:
            if shown[-1:] == [gallery.pitfall.id]:
                return
            shown.append(gallery.pitfall.id)
            patient, study, point = gallery.shown
            viewer.show(study)
            viewer.series = f"CT {gallery.pitfall.phase}" if gallery.pitfall.phase else "CT"
            name = (
                patient.lesion(gallery.pitfall.lesion).where
                if gallery.pitfall.lesion
                else gallery.pitfall.organ
            )
            viewer.markers = [Marker(gallery.pitfall.id, name, point)]
            viewer.window = (
                "soft tissue" if gallery.pitfall.window == "head" else gallery.pitfall.window
            )
            viewer.mode = "two PETs" if gallery.pitfall.view == "two scans" else "fused"
            viewer.go_to(gallery.pitfall.id)

        to_viewer()
        gallery.watch(to_viewer)
    return lab
