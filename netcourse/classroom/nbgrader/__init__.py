"""Courses that mark with nbgrader."""
