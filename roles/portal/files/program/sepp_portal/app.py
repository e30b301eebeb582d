"""The portal's addresses, and what they answer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sepp_portal import words
from sepp_portal.account import Account
from sepp_portal.pages import Page, read_pages
from sepp_portal.people import Directory, UnavailableError
from sepp_portal.site import Mission, Site
from sepp_portal.status import Status
from sepp_portal.usage import Usages

_HERE = Path(__file__).parent
_MESSAGES = {
    404: "There is no such page. The missions, their F.A.Q. and their examples are a good place to go on from.",
    405: "This page cannot be asked in that way.",
}


class Portal:
    """The pages. Content is read once, at the start: the role restarts the portal when it changes."""

    def __init__(self, site: Site, content: Path, directory: Directory, status: Status, usages: Usages) -> None:
        self._site = site
        self._directory = directory
        self._status = status
        self._usages = usages
        self._pages = {folder: read_pages(content / folder, names) for folder, names in site.content.items()}
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters |= words.FILTERS
        self._templates.globals |= {
            "site": site,
            "status": status,
            "tiers": words.TIERS,
            "faq": self._faq,
            "examples": self._examples,
        }
        self._account = Account(directory, site.url, self._page)

    def app(self) -> Starlette:
        """Make the application."""
        return Starlette(
            routes=[
                Route("/", self._home),
                Route("/missions", self._missions),
                Route("/missions/{mission}", self._mission),
                Route("/missions/{mission}/faq/{page}", self._faq_page),
                Route("/missions/{mission}/examples/{page}", self._example_page),
                Route("/missions/{mission}/examples/files/{file}", self._example_file),
                Route("/faq", self._faq_index),
                Route("/roadmap", self._roadmap),
                Route("/status", self._status_page),
                Route("/status.json", self._status_data),
                Route("/me", self._me),
                Route("/account/password", self._account.show, methods=["GET"]),
                Route("/account/password", self._account.change, methods=["POST"]),
                Mount("/static", StaticFiles(directory=_HERE.parent / "static")),
            ],
            lifespan=self._lifespan,
            exception_handlers={HTTPException: self._error, 500: self._error},
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        asking = asyncio.create_task(self._status.run())
        yield
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking

    def _page(self, request: Request, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        html = self._templates.get_template(template).render(
            path=request.url.path, user=request.headers.get("x-remote-user", ""), **values
        )
        return HTMLResponse(html, status_code)

    def _faq(self, mission: Mission) -> tuple[Page, ...]:
        return self._pages.get((mission.portal and mission.portal.faq) or "", ())

    def _examples(self, mission: Mission) -> tuple[Page, ...]:
        return self._pages.get((mission.interactive and mission.interactive.examples) or "", ())

    def _mission_of(self, request: Request) -> Mission:
        mission = self._site.mission(request.path_params["mission"])
        if mission is None:
            raise HTTPException(404)
        return mission

    async def _home(self, request: Request) -> Response:
        return self._page(request, "home.html")

    async def _missions(self, request: Request) -> Response:
        return self._page(request, "missions.html")

    async def _mission(self, request: Request) -> Response:
        return self._page(request, "mission.html", mission=self._mission_of(request))

    async def _faq_index(self, request: Request) -> Response:
        return self._page(request, "faq.html")

    async def _faq_page(self, request: Request) -> Response:
        mission = self._mission_of(request)
        return self._text(request, "question.html", mission, self._faq(mission))

    async def _example_page(self, request: Request) -> Response:
        mission = self._mission_of(request)
        return self._text(request, "example.html", mission, self._examples(mission))

    def _text(self, request: Request, template: str, mission: Mission, pages: tuple[Page, ...]) -> Response:
        page = next((page for page in pages if page.slug == request.path_params["page"]), None)
        if page is None:
            raise HTTPException(404)
        return self._page(request, template, mission=mission, page=page)

    async def _example_file(self, request: Request) -> Response:
        files = {name: data for page in self._examples(self._mission_of(request)) for name, data in page.files.items()}
        if request.path_params["file"] not in files:
            raise HTTPException(404)
        return Response(files[request.path_params["file"]], media_type="image/png")

    async def _roadmap(self, request: Request) -> Response:
        return self._page(request, "roadmap.html")

    async def _status_page(self, request: Request) -> Response:
        await self._status.ask(older_than=10)
        return self._page(request, "status.html")

    async def _status_data(self, request: Request) -> Response:
        await self._status.ask(older_than=10)
        return JSONResponse({name: asdict(state) for name, state in self._status.states.items()})

    async def _me(self, request: Request) -> Response:
        """Show a user's own page; the entrance lets only those in who signed in, and names them in the header."""
        user = request.headers.get("x-remote-user", "")
        if not user:
            raise HTTPException(403)
        try:
            groups = await asyncio.to_thread(self._directory.groups, user)
        except UnavailableError:
            return self._page(request, "message.html", 503, message=words.UNAVAILABLE)
        usages = await self._usages.of(user)
        response = self._page(request, "me.html", groups=groups, usages=usages)
        response.headers["cache-control"] = "no-store"
        return response

    async def _error(self, request: Request, error: Exception) -> Response:
        code = error.status_code if isinstance(error, HTTPException) else 500
        message = _MESSAGES.get(code, "Something went wrong on our side. Please try again in a moment.")
        if code == 403:
            message = "Please sign in first."
        return self._page(request, "message.html", code, message=message)
