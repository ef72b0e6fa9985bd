"""The audit trail: who did what, when, why; append-only, chained, signed."""
