"""Addresses of the app `subjects`."""

from typing import Any

app_name = "subjects"
urlpatterns: list[Any] = []
