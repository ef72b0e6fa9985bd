"""Migrations of the tables; each is kept for ever."""
