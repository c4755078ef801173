"""The learner's answers file: what stands in it, how it is kept safe, and whose it is."""
