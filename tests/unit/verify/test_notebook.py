"""Code in a kernel of a user's server, as a page sends it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.exceptions import InvalidMessage

from sepp.verify import notebook
from sepp.verify.result import CheckError

HUB = "https://planck.sepp.example"


class Channel:
    """The channel of a kernel that prints 42, whatever it is asked."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def __enter__(self) -> "Channel":
        return self

    def __exit__(self, *_: object) -> None: ...

    def send(self, text: str) -> None:
        parent = json.loads(text)["header"]
        for kind, content in (
            ("stream", {"text": "42"}),
            ("execute_reply", {"status": "ok"}),
            ("status", {"execution_state": "idle"}),
        ):
            self.messages.append({"parent_header": parent, "msg_type": kind, "content": content})

    def recv(self, timeout: float) -> str:
        return json.dumps(self.messages.pop(0))


@pytest.fixture
def execute(monkeypatch):
    """Run code in a kernel whose channel ends before it is open, so many times."""

    def run(ended: int) -> str:
        left = [InvalidMessage("did not receive a valid HTTP response")] * ended

        def connect(*_: object, **__: object) -> Channel:
            if left:
                raise left.pop()
            return Channel()

        answer = SimpleNamespace(status_code=201, json=lambda: {"id": "1"})
        browser = SimpleNamespace(cookies=(), request=lambda *_, **__: answer)
        entrance: Any = SimpleNamespace(browser=lambda: browser, connection=lambda: None, trust=lambda: None)
        page = SimpleNamespace(status_code=200, url=HUB)
        monkeypatch.setattr(notebook, "sign_in", lambda *_: page)
        monkeypatch.setattr(notebook, "connect", connect)
        return notebook.Server(entrance, HUB, "alice", "").execute("6 * 7")

    return run


def test_a_channel_that_ends_before_it_is_open_is_opened_again(execute):
    assert execute(1) == "42"


def test_a_channel_that_does_not_open_is_a_failed_check(execute):
    with pytest.raises(CheckError, match="kernel python3 of alice: its channel: InvalidMessage"):
        execute(2)
