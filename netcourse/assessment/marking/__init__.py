"""Marking as a pure function of exercise, seed and answers; feedback, summary and agreement."""
