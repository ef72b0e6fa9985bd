"""An app of the tests' own: one audited table with every kind of column, one append-only."""
