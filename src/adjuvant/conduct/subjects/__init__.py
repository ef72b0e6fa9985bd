"""Subjects of the trial: screening, consent, eligibility, and the forms filled for them."""
