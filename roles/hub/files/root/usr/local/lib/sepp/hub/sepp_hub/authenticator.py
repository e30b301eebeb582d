"""Sign-on by CAS: only members of an actor's group get in, and a sign-out is one everywhere and at once."""

from pathlib import Path
from typing import Any, ClassVar

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.user import User
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from sepp_hub import cas
from sepp_hub.settings import EVERYONE, Settings
from sepp_hub.tickets import Tickets

NEXT_COOKIE = "sepp-hub-next"
"""Where the user wanted to go; also the proof that a ticket comes back to the browser that went for it."""


def end_sessions(handler: LoginHandler | LogoutHandler, user: User) -> None:
    """Make all cookies of a user invalid, also copied ones; her servers and her own API tokens go on."""
    user.orm_user.cookie_id = orm.new_token()
    for token in handler.db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.session_id:
            handler.db.delete(token)
    for code in handler.db.query(orm.OAuthCode).filter_by(user_id=user.id):
        handler.db.delete(code)
    handler.db.commit()


class CasLoginHandler(LoginHandler):
    """Sends users to CAS, takes their tickets, and listens to CAS's sign-outs."""

    authenticator: "CasAuthenticator"

    def check_xsrf_cookie(self) -> None:
        """CAS posts without a cookie; its message proves itself by the ticket, which nobody else knows."""
        if self.request.method != "POST":
            super().check_xsrf_cookie()

    async def get(self) -> None:
        """Sign in."""
        settings = self.authenticator.settings
        if self.current_user:
            self.redirect(self.get_next_url(self.current_user))
            return
        wanted = self.get_secure_cookie(NEXT_COOKIE, max_age_days=1)
        ticket = self.get_argument("ticket", "")
        if not ticket or wanted is None:
            self._set_cookie(NEXT_COOKIE, self.get_argument("next", "") or "/", path=self.hub.base_url, samesite="Lax")
            self.redirect(cas.login_url(settings.cas_url, settings.service_url))
            return
        self.clear_cookie(NEXT_COOKIE, path=self.hub.base_url)
        user = await self.login_user({"ticket": ticket})
        if user is None:
            raise web.HTTPError(403, "You are signed in, but your groups have no access to this mission.")
        self._jupyterhub_user = user
        self.request.arguments["next"] = [wanted]
        self.redirect(self.get_next_url(user))

    async def post(self) -> None:
        """End the sessions of the user whom CAS signs out."""
        try:
            ticket = cas.signed_out_ticket(self.request.body_arguments)
        except cas.CasError as error:
            raise web.HTTPError(400, str(error)) from error
        name = self.authenticator.tickets.take(ticket)
        user = self.find_user(name) if name else None
        if user is not None:
            end_sessions(self, user)
            self.log.info("User signed out by CAS: %s", user.name)
        self.finish()


class CasLogoutHandler(LogoutHandler):
    """Signs out here and at CAS, which tells all other services and leads back to the portal."""

    authenticator: "CasAuthenticator"

    async def handle_logout(self) -> None:
        """Make the cookies invalid."""
        if self.current_user:
            end_sessions(self, self.current_user)

    async def render_logout_page(self) -> None:
        """Go on to CAS."""
        settings = self.authenticator.settings
        self.redirect(cas.logout_url(settings.cas_url, f"{settings.portal_url}/"))


class CasAuthenticator(Authenticator):
    """Believes CAS, and nobody else."""

    auto_login = True
    manage_groups = True
    any_allow_config = True
    settings: ClassVar[Settings]
    tickets: ClassVar[Tickets]

    @classmethod
    def configured(cls, settings: Settings) -> type["CasAuthenticator"]:
        """Return the authenticator for one hub."""
        tickets = Tickets(Path(settings.state) / "tickets.sqlite")
        return type("CasAuthenticator", (cls,), {"settings": settings, "tickets": tickets})

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Put our own sign-in and sign-out in the place of the hub's."""
        return [(r"/login", CasLoginHandler), (r"/logout", CasLogoutHandler)]

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Ask CAS whom a ticket is for."""
        settings, ticket = self.settings, data["ticket"]
        if not cas.TICKET.fullmatch(ticket):
            raise web.HTTPError(400, "This is not a ticket of the sign-on service.")
        url = cas.validation_url(settings.cas_url, settings.service_url, ticket)
        try:
            response = await AsyncHTTPClient().fetch(url, ca_certs=settings.ca_file, request_timeout=10)
        except (OSError, HTTPClientError) as error:
            raise web.HTTPError(503, "The sign-on service does not answer. Please try again in a minute.") from error
        try:
            who = cas.identity(response.body.decode(), settings.cas_groups_attribute)
        except cas.CasError as error:
            self.log.warning("Ticket refused: %s", error)
            raise web.HTTPError(403, "The sign-on service refused this ticket. Please sign in again.") from error
        self.tickets.add(ticket, who.user)
        return {"name": who.user, "groups": sorted({*who.groups, EVERYONE})}

    def check_allowed(self, username: str, authentication: dict[str, Any] | None = None) -> bool:
        """Let in the members of the actors' groups; as a share's account nobody signs in, whatever CAS says."""
        if username in {share.account for share in self.settings.shares}:
            return False
        wanted = set(self.settings.groups)
        return EVERYONE in wanted or bool(wanted & set((authentication or {}).get("groups") or ()))
