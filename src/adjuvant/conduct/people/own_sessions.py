"""A person's sessions, as they are listed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession

__all__ = ["SessionShown", "own_sessions"]


@dataclass(frozen=True)
class SessionShown:
    """One session: from where, with which program, since when; whether it is this one."""

    ip: str
    program: str
    began: datetime
    here: bool


def own_sessions(user: Any, here: str | None) -> list[SessionShown]:
    """Return the sessions of an account that live, the newest first."""
    alive = UserSession.objects.purge_and_list(user)
    alive.sort(key=lambda one: one.created_at, reverse=True)
    return [
        SessionShown(one.ip, one.user_agent, one.created_at, one.session_key == here)
        for one in alive
    ]
