"""Addresses of the app `people`."""

from typing import Any

app_name = "people"
urlpatterns: list[Any] = []
