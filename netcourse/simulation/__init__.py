"""What time and chance do to patients: therapy of clones, trials, cohorts, biopsies, readers."""
