"""Marks into learning platforms."""
