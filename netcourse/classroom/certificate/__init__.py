"""Certificates that an instructor gives: pages to print or mail, each with a code that proves it."""

from netcourse.classroom.certificate.code import Certificate, signing_key
from netcourse.classroom.certificate.issue import (
    LIST,
    SIGNING_KEY,
    Course,
    certificate_page,
    earned,
    issue,
    verify,
)

__all__ = [
    "LIST",
    "SIGNING_KEY",
    "Certificate",
    "Course",
    "certificate_page",
    "earned",
    "issue",
    "signing_key",
    "verify",
]
