"""The change of one's own password, also by those who cannot sign in before it."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sepp_portal import words
from sepp_portal.forms import Forms, Rate
from sepp_portal.people import Directory, RefusedError, UnavailableError

_MINUTES = 15
_LONGEST = 1000
"""Characters that a field may have."""


class Account:
    """The page with the form, and what happens when it is sent."""

    def __init__(self, directory: Directory, origin: str, page: Callable[..., HTMLResponse]) -> None:
        self._directory = directory
        self._page = partial(page, template="password.html")
        self._forms = Forms(origin)
        self._by_user = Rate(10, _MINUTES * 60)
        self._by_address = Rate(30, _MINUTES * 60)

    async def show(self, request: Request) -> Response:
        """Show the empty form."""
        name = request.headers.get("x-remote-user") or request.query_params.get("user", "")
        return self._form(request, name=name[:32])

    async def change(self, request: Request) -> Response:
        """Change the password, or say why not. Nothing of what was typed is logged."""
        async with request.form(max_files=0, max_fields=10) as sent:
            fields = {key: value for key, value in sent.items() if isinstance(value, str)}
        name, old, new = fields.get("user", "").strip(), fields.get("old", ""), fields.get("new", "")
        if not self._forms.is_ours(request, fields.get("token", "")):
            return self._form(request, 403, name=name[:32], error="The page was open for too long. Please try again.")
        if problem := _problem(name, old, new, fields.get("again", "")):
            return self._form(request, 422, name=name[:32], error=problem)
        if not (self._by_address.allows(_address(request)) and self._by_user.allows(name)):
            return self._form(
                request, 429, name=name, error=f"Too many attempts. Please wait {_MINUTES} minutes, then try again."
            )
        try:
            await asyncio.to_thread(self._directory.change_password, name, old, new)
        except RefusedError as refused:
            return self._form(request, 422, name=name, error=str(refused))
        except UnavailableError:
            return self._form(request, 503, name=name, error=words.UNAVAILABLE)
        logging.getLogger("sepp_portal").info("password of %s changed", name)
        return self._form(request, name=name, done=True)

    def _form(
        self, request: Request, status_code: int = 200, *, name: str, error: str = "", done: bool = False
    ) -> Response:
        cookie, token = self._forms.issue(request)
        response = self._page(request, status_code=status_code, name=name, error=error, done=done, token=token)
        self._forms.remember(response, cookie)
        response.headers["cache-control"] = "no-store"
        return response


def _problem(name: str, old: str, new: str, again: str) -> str:
    """Say what is wrong with the form itself, or nothing."""
    if not (name and old and new):
        return "Please fill in all fields."
    if max(len(name), len(old), len(new)) > _LONGEST:
        return "That is too long."
    if new != again:
        return "The two new passwords are not the same."
    if new == old:
        return "The new password is the present one. Choose another one."
    return ""


def _address(request: Request) -> str:
    """Return the client's address: the last one in the header is what the entrance itself saw."""
    forwarded = request.headers.get("x-forwarded-for", "")
    return forwarded.rsplit(",", 1)[-1].strip() or (request.client.host if request.client else "")
