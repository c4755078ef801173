"""The class on the screen while it works."""
