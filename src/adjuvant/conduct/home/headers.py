"""Security headers of every answer: a content policy without inline script or style."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

__all__ = ["headers"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that sets them; pages of patients are never kept by a browser."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        answer.setdefault("Content-Security-Policy", POLICY)  # a page may only be stricter
        answer["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        if not request.path.startswith("/static/"):
            answer["Cache-Control"] = "no-store"
        return answer

    return middleware
