"""Grading a folder of answers files."""
