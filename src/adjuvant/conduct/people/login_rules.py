"""allauth's questions about log-in, answered."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

__all__ = ["LoginRules"]


class LoginRules(DefaultAccountAdapter):
    """Nobody signs up: persons are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no."""
        return False
