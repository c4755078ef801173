"""The clinical rules: pure functions from a patient or a measurement to a `Decision`.

One package per topic, each of which imports only from those before it: `core`, `ct`, `somatostatin`,
`tracer`, `heterogeneity`, `prrt`, `board`.
"""
