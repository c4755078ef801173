"""Drive a lab as a browser does, so that an error in a callback fails the test instead of being
logged.
"""

from __future__ import annotations

from typing import Any

from netcourse.reading.lab import Lab


def turn(lab: Lab[Any], **values: Any) -> None:
    """Send what the browser sends when controls are moved."""
    lab.set_state({"_values": {**lab._values, **values}})


def press_show(lab: Lab[Any], place: str) -> None:
    """Send what the browser sends when a Show button is pressed."""
    lab._hear({"go_to": place}, [])
