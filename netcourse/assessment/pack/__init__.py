"""A graded set: questions and pictures without a key, which opens with a code at the end."""
