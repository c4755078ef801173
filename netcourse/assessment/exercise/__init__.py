"""An exercise as a page to edit: its cases, its items and the kinds of items."""
