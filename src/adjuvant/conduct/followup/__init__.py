"""Follow-up: each subject's calendar, imaging and recurrence, death, review, last known alive."""
