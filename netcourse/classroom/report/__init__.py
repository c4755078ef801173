"""What comes of grading: the outcome, gradebooks, pages for learners and for the class."""
