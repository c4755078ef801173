"""The whole course of one learner on a page, and the certificate."""
