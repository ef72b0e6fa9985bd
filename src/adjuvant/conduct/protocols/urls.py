"""Addresses of the app `protocols`."""

from typing import Any

app_name = "protocols"
urlpatterns: list[Any] = []
