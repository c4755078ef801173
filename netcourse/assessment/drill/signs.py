"""The signs of a marked reading, as the viewer draws them: apart by shape as well as by colour."""

from __future__ import annotations

from netcourse.reading.lab.drawing import INK, SOFT, circle, line, rect, text

_SIGNS = (
    ("found", "Found", "your mark lies on it", "#0b6b34"),
    ("missed", "Missed", "a lesion without your mark", "#8a4b00"),
    ("false", "False mark", "nothing is there, or it is benign", "#b3003c"),
)
_WIDE, _HIGH, _REACH = 640.0, 64.0, 13.0


class Legend:
    """A picture of the three signs.

    >>> legend()
    Found: circle; missed: square; false mark: cross
    """

    def __repr__(self) -> str:
        return "Found: circle; missed: square; false mark: cross"

    def _repr_svg_(self) -> str:
        drawn = []
        for n, (kind, name, words, ink) in enumerate(_SIGNS):
            x, y = 26 + 212.0 * n, 30.0
            if kind == "found":
                drawn.append(circle(x, y, _REACH, fill="none", stroke=ink, width=2.5))
            elif kind == "missed":
                drawn.append(
                    rect(x - _REACH, y - _REACH, 2 * _REACH, 2 * _REACH, fill="none", stroke=ink)
                )
            else:
                drawn += [
                    line(x - 9, y - 9 * side, x + 9, y + 9 * side, stroke=ink, width=2.5)
                    for side in (-1, 1)
                ]
            drawn.append(text(x + 24, y - 2, name, size=14, weight=600, fill=INK))
            drawn.append(text(x + 24, y + 15, words, size=11, fill=SOFT))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE:g} {_HIGH:g}"'
            f' width="{_WIDE:g}" role="img" aria-label="{self!r}">{"".join(drawn)}</svg>'
        )


def legend() -> Legend:
    """Return the picture of the three signs."""
    return Legend()
