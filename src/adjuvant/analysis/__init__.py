"""Carries out the protocol's analysis plan; typed results with ids."""
