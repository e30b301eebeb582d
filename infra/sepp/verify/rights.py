"""The rights matrix, tried cell by cell through the door that each cell names; the refusals above all."""

import json
from collections.abc import Callable, Iterator

import requests

from sepp.deployment import TIER_PATHS, Deployment, Right, Tier, share_accounts
from sepp.verify.access import Hosts
from sepp.verify.notebook import Server
from sepp.verify.result import CheckError, Result, check
from sepp.verify.users import PUBLISHED, Cast, User
from sepp.verify.web import TIMEOUT, Entrance, sign_in

_PROBE = """
import errno, json, os, uuid
def read(path):
    names = os.listdir(path)
    files = [name for name in names if os.path.isfile(os.path.join(path, name))]
    for name in files[:1]:
        with open(os.path.join(path, name), 'rb') as file:
            file.read(1)
def write(path):
    if not os.path.lexists(path):
        os.mkdir(path)
    name = os.path.join(path, '.verify-' + uuid.uuid4().hex)
    os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    os.unlink(name)
answers = []
for action, path in json.loads(CELLS):
    try:
        {'read': read, 'write': write}[action](path)
        answers.append('done')
    except OSError as error:
        answers.append(errno.errorcode.get(error.errno, str(error)))
print(json.dumps(answers))
"""
_REFUSALS = {"EACCES", "EPERM", "EROFS"}
_REFUSED_STATUS = {401, 403, 404, 405, 501}


def check_rights(deployment: Deployment, hosts: Hosts, entrance: Entrance, cast: Cast) -> Iterator[Result]:
    """Try every cell of a mission's rights matrix, but for those of files to which none of its services leads."""
    all_ = [right for right in deployment.rights if right.mission == cast.mission]
    cells = [right for right in all_ if _is_reached(deployment, right)]
    group = f"rights of {cast.mission}"
    if cells != all_:
        yield check(group, "files", lambda: f"{len(all_) - len(cells)} cells not tried: only a hub leads to files")
    for right in cells:
        if right.door == "web":
            yield check(group, _name(right), lambda r=right: _try_web(deployment, entrance, cast, r))
        elif right.door == "hub":
            attempt = _try_sign_in if right.action == "sign-in" else _try_share
            yield check(group, _name(right), lambda r=right, a=attempt: a(deployment, entrance, cast, r))
    for actor, user in cast.actors.items():
        files = [right for right in cells if right.door == "files" and right.actor == actor]
        if files:
            paths = [_path(right.resource, user, cast.other) for right in files]
            run = (
                _as_outsider(hosts, cast, user) if actor == "outsider" else _in_server(deployment, entrance, cast, user)
            )
            yield from _try_files(group, files, paths, run)


def _is_reached(deployment: Deployment, right: Right) -> bool:
    """Tell whether anybody can try a cell: only users' servers see files, and publish some."""
    of_files = right.door == "files" or (right.resource, right.action) == ("public", "read")
    return not of_files or deployment.mission(right.mission).interactive is not None


def _name(right: Right) -> str:
    return f"{right.actor}: {right.action} {right.resource}: {'allowed' if right.allowed else 'refused'}"


def _in_server(deployment: Deployment, entrance: Entrance, cast: Cast, user: User) -> Callable[[str], str]:
    """Return what runs code in a kernel of a user's own server."""

    def run(code: str) -> str:
        with Server(entrance, deployment.url(cast.mission), user.name, user.password) as server:
            return server.execute(code)

    return run


def _as_outsider(hosts: Hosts, cast: Cast, user: User) -> Callable[[str], str]:
    """Return what runs code as a user: she gets no server."""
    return lambda code: hosts.as_user(cast.mission, user.name, code)


def _try_files(group: str, rights: list[Right], paths: list[str], run: Callable[[str], str]) -> Iterator[Result]:
    """Try all files of one user at once."""
    cells = [(right.action, path) for right, path in zip(rights, paths, strict=True)]
    answers: list[str] = []

    def probe() -> str:
        printed = run(f"CELLS = {json.dumps(cells)!r}\n{_PROBE}")
        answers.extend(json.loads(printed.strip().splitlines()[-1]))
        return f"{len(answers)} cells tried"

    yield check(group, f"{rights[0].actor}: files tried", probe)
    for right, path, answer in zip(rights, paths, answers, strict=False):
        yield check(group, _name(right), lambda r=right, p=path, a=answer: _judge(r, p, a))


def _judge(right: Right, path: str, answer: str) -> str:
    if right.allowed and answer != "done":
        raise CheckError(f"{path}: {answer}, but the plan allows it")
    if not right.allowed and answer not in _REFUSALS:
        raise CheckError(f"{path}: {answer}, but it has to be refused")
    return f"{path}: {answer}"


def _path(resource: str, user: User, other: User) -> str:
    tier, _, name = resource.partition("/")
    folder = TIER_PATHS[_tier(tier)]
    return f"{folder}/{ {'own': user.name, 'other': other.name}.get(name, name) }"


def _tier(name: str) -> Tier:
    return next(tier for tier in TIER_PATHS if tier == name)


def _try_sign_in(deployment: Deployment, entrance: Entrance, cast: Cast, right: Right) -> str:
    hub = deployment.url(cast.mission)
    user = cast.actors[right.actor]
    page = sign_in(entrance.browser(), f"{hub}/hub/home", user.name, user.password)
    entered = page.status_code == requests.codes.ok and page.url.startswith(f"{hub}/hub/")
    if entered != right.allowed:
        raise CheckError(f"sign-in ended with status {page.status_code} at {page.url}")
    return f"status {page.status_code}"


def _try_share(deployment: Deployment, entrance: Entrance, cast: Cast, right: Right) -> str:
    """Try to open the server of a share; it need not run."""
    hub = deployment.url(cast.mission)
    user = cast.actors[right.actor]
    account = share_accounts(deployment.mission(cast.mission))[right.resource.partition("/")[2]]
    browser = entrance.browser()
    sign_in(browser, f"{hub}/hub/home", user.name, user.password)
    page = browser.get(f"{hub}/user/{account}/", timeout=TIMEOUT)
    opened = page.status_code in (requests.codes.ok, requests.codes.failed_dependency)
    if opened != right.allowed or (not opened and page.status_code not in _REFUSED_STATUS):
        raise CheckError(f"{page.url}: status {page.status_code}")
    return f"{page.url}: status {page.status_code}"


def _try_web(deployment: Deployment, entrance: Entrance, cast: Cast, right: Right) -> str:
    """Try what somebody may do who has not signed in."""
    method, url = _web_request(deployment, cast, right)
    answer = entrance.browser().request(
        method, url, timeout=TIMEOUT, allow_redirects=False, data=b"x" * (method == "PUT")
    )
    to_sign_in = "/login" in answer.headers.get("Location", "")
    done = answer.ok and not to_sign_in and not answer.is_redirect
    refused = to_sign_in or answer.status_code in _REFUSED_STATUS
    if (right.allowed and not done) or (not right.allowed and not refused):
        raise CheckError(f"{method} {url}: status {answer.status_code}")
    return f"{method} {url}: status {answer.status_code}"


def _web_request(deployment: Deployment, cast: Cast, right: Right) -> tuple[str, str]:
    files = f"{deployment.url('files')}/{cast.mission}"
    published = f"{files}/{cast.other.name}/{PUBLISHED}"
    match right.resource.partition("/")[0], right.action:
        case "portal", _:
            return "GET", f"{deployment.url()}/"
        case "hub", _:
            return "GET", f"{deployment.url(cast.mission)}/hub/home"
        case "public", "read":
            return "GET", published
        case "public", _:
            return "PUT", f"{published}.new"
        case _:
            return "GET", f"{files}/%2e%2e/{right.resource}/"
