"""Estimators and tests on `TimeToEvent`."""
