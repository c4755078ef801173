"""Page 09: the gallery of findings."""

from netcourse.reading.lessons.gallery.gallery import (
    Finding,
    Gallery,
    Group,
    gallery,
    groups,
    listed,
)

__all__ = ["Finding", "Gallery", "Group", "gallery", "groups", "listed"]
