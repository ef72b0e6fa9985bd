"""Randomisation: the sealed list in a vault, the allocations that were told, and their receipts."""
