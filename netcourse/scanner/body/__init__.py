"""The body of one patient: an atlas, warped."""
