"""Guards of forms: sent by our own page, and not too often."""

import hmac
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

_COOKIE = "__Host-sepp-form"


class Forms:
    """Ties each form to the browser that asked for it, by a cookie that other sites can neither read nor set."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._key = secrets.token_bytes(32)

    def issue(self, request: Request) -> tuple[str, str]:
        """Return the browser's cookie, a new one if it has none, and the token to put into the form."""
        cookie = request.cookies.get(_COOKIE) or secrets.token_urlsafe(32)
        return cookie, self._token(cookie)

    def remember(self, response: Response, cookie: str) -> None:
        """Give the browser its cookie."""
        response.set_cookie(_COOKIE, cookie, path="/", secure=True, httponly=True, samesite="strict")

    def is_ours(self, request: Request, token: str) -> bool:
        """Whether a form with this token was sent by a page that we gave to this browser."""
        cookie = request.cookies.get(_COOKIE, "")
        origin = request.headers.get("origin", self._origin)
        return origin == self._origin and bool(cookie) and hmac.compare_digest(token, self._token(cookie))

    def _token(self, cookie: str) -> str:
        return hmac.new(self._key, cookie.encode(), sha256).hexdigest()


class Rate:
    """Allows `limit` attempts within `seconds` for each key."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = limit
        self._seconds = seconds
        self._attempts: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, key: str) -> bool:
        """Count an attempt and say whether it is allowed; refused ones count as well."""
        now = self._clock()
        for known in [known for known, times in self._attempts.items() if times[-1] < now - self._seconds]:
            del self._attempts[known]
        times = self._attempts[key]
        times.append(now)
        while times[0] < now - self._seconds or len(times) > self._limit + 1:
            times.popleft()
        return len(times) <= self._limit
