"""What a cluster does all the time, done by the tests."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import requests

_EVERY_SECONDS = 0.5


@contextmanager
def repeated(act: Callable[[], None]) -> Generator[None]:
    """Do something again and again until the end of the context; the first failure ends it, and is raised there.

    An API that is away is none: a cluster waits for it.
    """
    ended, failed = threading.Event(), list[Exception]()

    def follow() -> None:
        try:
            while not ended.wait(_EVERY_SECONDS):
                with suppress(requests.ConnectionError):
                    act()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failed:
        raise failed[0]
