"""The gallery: what each kind of finding looks like, in all series, one after the other."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import Any, Literal

import ipywidgets

from netcourse.decisions.core import DISCLAIMER
from netcourse.patients import Lesion, Patient, generate
from netcourse.patients.record import Model
from netcourse.reading.lab.crop import spot
from netcourse.reading.lab.panels import Page, Panel, lay_out, png
from netcourse.reading.lab.prose import Prose, table
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import Study, scan

SERIES = ("CT late arterial", "CT", "T1 arterial", "DWI", "PT")
_HALF_MM, _SUV_TOP, _COLUMNS, _HIGH_PX = 62.0, 15.0, 3, 440
_BODY = {"female": "insulinoma", "male": "lung_typical"}


class Finding(Model):
    """One finding of the gallery: the lesion, its title, in words what to see, and the window for
    it where it is another than its group's.
    """

    id: str
    title: str
    look: str
    window: str = ""
    lesion: Lesion


class Group(Model):
    """Findings that lie in one patient, and the window to look at them."""

    id: str
    title: str
    sex: Literal["female", "male"]
    window: str
    findings: tuple[Finding, ...]

    @property
    def patient(self) -> Patient:
        """The SYNTHETIC patient who has them all."""
        base = generate(_BODY[self.sex])
        about = {
            "id": f"gallery-{self.id}",
            "title": self.title,
            "lesions": tuple(one.lesion for one in self.findings),
        }
        return base.model_copy(update=about)


@cache
def groups() -> Mapping[str, Group]:
    """Return the gallery's groups by id.

    >>> list(groups())
    ['liver', 'liver_other', 'abdomen', 'bone', 'elsewhere']
    >>> groups()["bone"].findings[1].title
    'Metastasis in the marrow alone'
    """
    file = resources.files(__package__) / "findings.toml"
    found = {}
    for id, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
        findings = []
        for one in row.pop("finding"):
            words = {name: one.pop(name) for name in ("title", "look", "window") if name in one}
            findings.append(Finding(id=one["id"], lesion=Lesion.model_validate(one), **words))
        found[id] = Group(id=id, findings=tuple(findings), **row)
    return found


class Gallery(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets carries no types
    """A list of findings above a viewer that goes to the one that is chosen.

    `show` does from Python what the list does by hand; `finding` is the one on show.
    """

    def __init__(self, group: str = "liver") -> None:
        self.group = _known(group)
        self.finding = self.group.findings[0]
        self._following = False
        self._menus = {
            "group": ipywidgets.Dropdown(
                description="Where",
                options=[(one.title, id) for id, one in groups().items()],
                value=group,
                layout={"width": "340px"},
            ),
            "finding": ipywidgets.Dropdown(description="Finding", layout={"width": "380px"}),
        }
        self._words = ipywidgets.HTML()
        study = self._scanned()
        self.viewer = Viewer(
            study, window=self.group.window, series="CT late arterial", height=_HIGH_PX
        )
        self._renew()
        for name, menu in self._menus.items():
            menu.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        super().__init__([ipywidgets.HBox(list(self._menus.values())), self._words, self.viewer])

    def __repr__(self) -> str:
        return f"Gallery({self.group.title}: {self.finding.title}, SYNTHETIC)"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        still, about = self.viewer._repr_mimebundle_(**kwargs)
        picture = {"image/png": still["image/png"], "text/plain": repr(self)}
        return data | picture, metadata | {"image/png": about["image/png"]}

    def show(self, group: str, finding: str) -> None:
        """Show a finding of a group; KeyError names those there are."""
        known = {one.id: one for one in _known(group).findings}
        if finding not in known:
            raise KeyError(f"no finding '{finding}' in {group}; there are {', '.join(known)}")
        if group != self.group.id:
            self.group = groups()[group]
            self._words.value = "<p role='status'>The next patient is being scanned …</p>"
            self.viewer.show(self._scanned())
        self.finding = known[finding]
        self._renew()

    def sheet(self) -> Page:
        """Return every finding of the group on one page: late arterial CT where it reaches, portal
        venous CT, PET over CT.
        """
        study, panels = self.viewer.study, []
        early = study["CT late arterial"]
        for one in self.group.findings:
            point, window = study.lesions_mm[one.id], one.window or self.group.window
            reached = 0 <= early.index(point)[0] < len(early.array)
            panels += [
                Panel(one.title, found.rgb, found.mm_per_pixel)
                for found in (
                    spot(study, point, window, half_mm=_HALF_MM, ct="CT late arterial")
                    if reached
                    else spot(study, point, window),
                    spot(study, point, window, half_mm=_HALF_MM),
                    spot(study, point, window, "PT", _SUV_TOP, _HALF_MM),
                )
            ]
        names = "; ".join(one.title for one in self.group.findings)
        alt = f"{self.group.title}, a row each from the top: {names}."
        caption = (
            f"{names}. Late arterial CT (where it was not scanned, the whole slice), portal venous"
            f" CT, PET over CT. SYNTHETIC; {DISCLAIMER}."
        )
        return Page(png=png(lay_out(panels, _COLUMNS, (300, 230))), alt=alt, caption=caption)

    def _chosen(self, menu: str, value: str | None) -> None:
        if self._following or value is None:
            return
        if menu == "group" and value != self.group.id:
            self.show(value, groups()[value].findings[0].id)
        elif menu == "finding" and value != self.finding.id:
            self.show(self.group.id, value)

    def _scanned(self) -> Study:
        return scan(self.group.patient, SERIES)

    def _renew(self) -> None:
        """Let lists, words, ring and crosshair follow the finding on show."""
        menu, one = self._menus["finding"], self.finding
        self._following = True  # new options make the list choose the first of them
        menu.options = [(each.title, each.id) for each in self.group.findings]
        self._menus["group"].value, menu.value = self.group.id, one.id
        self._following = False
        point = self.viewer.study.lesions_mm[one.id]
        self.viewer.markers = [Marker(one.id, one.title, point)]
        self.viewer.crosshair_mm = point
        self.viewer.window = one.window or self.group.window
        self._words.value = (
            f"<p style='margin: 2px 0; line-height: 1.35'><strong>{escape(one.title)}</strong>,"
            f" {escape(one.lesion.where)}. {escape(one.look)}"
            f" <small>SYNTHETIC; {DISCLAIMER}.</small></p>"
        )


def listed(group: str) -> Prose:
    """Return a group's findings in words: what, where, and what to see; KeyError names the groups.

    >>> print(str(listed("bone").plain).splitlines()[1])
    Metastasis in the marrow alone, vertebral body L3: Hot on PET; CT shows nothing: the commonest surprise of a receptor PET.
    """
    found = _known(group).findings
    plain = [f"{one.title}, {one.lesion.where}: {one.look}" for one in found]
    rows = [(escape(one.title), escape(one.lesion.where), escape(one.look)) for one in found]
    return Prose("\n".join(plain), table(("Finding", "Where", "What to see"), rows))


def _known(group: str) -> Group:
    if group not in groups():
        raise KeyError(f"no group '{group}'; there are {', '.join(groups())}")
    return groups()[group]


def gallery(group: str = "liver") -> Gallery:
    """Return the gallery at the first finding of a group; KeyError names the groups."""
    return Gallery(group)
