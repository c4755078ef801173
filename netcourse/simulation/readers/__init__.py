"""Simulated readers: what they find on CT, and how they score a receptor scan."""
