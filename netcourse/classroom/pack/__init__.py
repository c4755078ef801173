"""Making a graded pack and the instructor's key to it."""
