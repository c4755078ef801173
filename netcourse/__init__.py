"""netcourse: a reading room in a notebook, for the imaging of neuroendocrine neoplasms."""
