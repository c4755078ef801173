"""Lesson 00: the viewer."""

from netcourse.reading.lessons.start.tour import Tour, tour

__all__ = ["Tour", "tour"]
