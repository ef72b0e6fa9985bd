"""The pages of the audit trail: viewer, a record's history, export, redaction by two persons."""
