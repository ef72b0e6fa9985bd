"""Addresses of the app `audit`."""

from typing import Any

app_name = "audit"
urlpatterns: list[Any] = []
