"""`sepp user`: the users of a platform and their groups."""

import contextlib
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.common import Json, deployment_of
from sepp.cli.running import confirmed, reporting
from sepp.config.load import ConfigErrors, load_users
from sepp.deployment import Deployment
from sepp.directory.client import Client, RefusedError
from sepp.targets import target_of

app = typer.Typer(help="Manage users and their groups.", no_args_is_help=True)
_group = typer.Typer(help="Let users join and leave groups.", no_args_is_help=True)
app.add_typer(_group, name="group")

_Name = Annotated[str, typer.Argument(help="The user's name.", metavar="NAME")]
_Names = Annotated[list[str], typer.Argument(help="Users' names.", metavar="NAME...")]
_Groups = Annotated[list[str], typer.Argument(help="Groups of the directory.", metavar="GROUP...")]
_Platform = Annotated[
    str, typer.Option("--platform", envvar="SEPP_PLATFORM", help="The platform, as <target>/<platform>.")
]
_Password = Annotated[
    bool,
    typer.Option(
        "--password-stdin/--invite",
        help="Read the password (or its hash) from standard input, or make a one-time password that must be changed.",
    ),
]
_DEFAULT = "local/demo"


@app.command()
def add(
    name: _Name,
    *,
    full_name: Annotated[str | None, typer.Option("--name", help="Full name.")] = None,
    mail: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Group to join; may be given several times.")] = None,
    password_stdin: _Password = False,
    platform: _Platform = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Add a user, with a one-time password that is shown once."""
    password = _password() if password_stdin else None
    with _directory(platform) as (client, deployment):
        result = client.call("add", name=name, full_name=full_name, mail=mail, groups=group or [], password=password)
        user = result["user"]
        text = f"Added {name} (number {user['number']}) to {', '.join(user['groups'])}."
        _tell(client, result, as_json, text, *_invitations(deployment, {name: result["one_time_password"]}))


@app.command("list")
def list_(platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """List all users."""
    with _directory(platform) as (client, _):
        result = client.call("list")
        _tell(client, result, as_json, _table(result["users"]))


@app.command()
def show(name: _Name, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """Show a user."""
    with _directory(platform) as (client, _):
        result = client.call("show", name=name)
        user = result["user"]
        lines = {
            "name": user["name"],
            "full name": user["full_name"],
            "e-mail": user["mail"] or "",
            "number": user["number"],
            "groups": ", ".join(user["groups"]),
            "last sign-in": _time(user["last_sign_in"]) or "never",
            "state": _state(user) or "may sign in",
        }
        _tell(client, result, as_json, *(f"{title:<13} {value}".rstrip() for title, value in lines.items()))


@app.command()
def passwd(
    name: _Name, *, password_stdin: _Password = False, platform: _Platform = _DEFAULT, as_json: Json = False
) -> None:
    """Set a user's password to a new one-time password; her sessions end."""
    password = _password() if password_stdin else None
    with _directory(platform) as (client, deployment):
        result = client.call("passwd", name=name, password=password)
        invitations = _invitations(deployment, {name: result["one_time_password"]})
        _tell(client, result, as_json, f"Set the password of {name}.", *invitations)


@app.command()
def disable(name: _Name, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """Keep a user out until she is enabled; what she runs ends."""
    with _directory(platform) as (client, _):
        result = client.call("disable", name=name)
        _tell(client, result, as_json, f"Disabled {name}; what she runs ends.")


@app.command()
def enable(name: _Name, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """Let a user in again who was disabled, or locked after wrong passwords."""
    with _directory(platform) as (client, _):
        result = client.call("enable", name=name)
        _tell(client, result, as_json, f"Enabled {name}.")


@app.command()
def delete(
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    platform: _Platform = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Delete a user. Her files stay, and her name and number are never used again."""
    with _directory(platform) as (client, _):
        number = client.call("show", name=name)["user"]["number"]
        question = (
            f"Delete {name}? This cannot be undone (disable can). Her files stay, "
            f"and neither her name nor her number {number} can be used again."
        )
        if not confirmed(question, yes=yes):
            raise typer.Exit(2)
        result = client.call("delete", name=name)
        _tell(client, result, as_json, f"Deleted {name}; her number was {number}.")


@app.command("sign-out")
def sign_out(names: _Names, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """End what users run and let them sign in anew."""
    with _directory(platform) as (client, _):
        for name in names:
            client.call("show", name=name)
        _tell(client, {"end_sessions": names}, as_json, f"What {', '.join(names)} runs ends.")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="File of users (YAML).", metavar="FILE")],
    platform: _Platform = _DEFAULT,
    as_json: Json = False,
) -> None:
    """Add and change users so that they are as in a file; users who are not in it stay as they are."""
    with _directory(platform) as (client, deployment):
        result = client.apply(load_users(file))
        _tell(client, result, as_json, *_applied(deployment, result))


def keep_users(platform: str, deployment: Deployment) -> None:
    """Apply the file of users that a platform names, if it does; for `sepp up`, with the errors of a command."""
    if deployment.platform.users is None:
        return
    with _directory(platform) as (client, _):
        result = client.apply(load_users(Path(deployment.platform.users)))
        _tell(client, result, False, *_applied(deployment, result))


@_group.command("add")
def group_add(name: _Name, groups: _Groups, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """Let a user join groups."""
    _change_groups(platform, name, as_json, add=groups)


@_group.command("remove")
def group_remove(name: _Name, groups: _Groups, platform: _Platform = _DEFAULT, as_json: Json = False) -> None:
    """Let a user leave groups; what she runs ends, because it has the groups' rights."""
    _change_groups(platform, name, as_json, remove=groups)


def _change_groups(platform: str, name: str, as_json: bool, **changes: list[str]) -> None:
    with _directory(platform) as (client, _):
        result = client.call("group", name=name, **changes)
        _tell(client, result, as_json, f"{name} is in {', '.join(result['user']['groups'])}.")


@contextlib.contextmanager
def _directory(platform: str) -> Generator[tuple[Client, Deployment]]:
    """Give the directory of a platform; errors end the command with what to do about them."""
    deployment = deployment_of(platform)
    try:
        with reporting(platform):
            yield Client(deployment, target_of(deployment).hosts()), deployment
    except RefusedError as refusal:
        typer.echo(f"{platform}: {refusal}", err=True)
        raise typer.Exit(refusal.code) from None
    except ConfigErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(2) from None


def _tell(client: Client, result: dict[str, Any], as_json: bool, *lines: str) -> None:
    """Show a result, and only then end sessions: where that fails, a one-time password is not lost."""
    typer.echo(json.dumps(result, indent=2) if as_json else "\n".join(lines))
    client.end_sessions(result.get("end_sessions", ()))


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        typer.echo("no password on standard input\nNext: write it there in one line, or use --invite", err=True)
        raise typer.Exit(2)
    return password


def _applied(deployment: Deployment, result: dict[str, Any]) -> tuple[str, ...]:
    added, changed = result["added"], result["changed"]
    lines = [f"{word} {', '.join(names)}." for word, names in (("Added", added), ("Changed", changed)) if names]
    return (*(lines or ["No change of users."]), *_invitations(deployment, result["one_time_passwords"]))


def _invitations(deployment: Deployment, passwords: dict[str, str | None]) -> list[str]:
    lines = [f"  {name:<20} {password}" for name, password in passwords.items() if password]
    if not lines:
        return []
    return [
        "",
        "One-time passwords, shown only now. Before the first sign-in they have to be changed at",
        f"{deployment.url()}/account/password",
        *lines,
    ]


def _table(users: list[dict[str, Any]]) -> str:
    table = Table("name", "full name", "number", "groups", "", box=None, pad_edge=False)
    for user in users:
        groups = ", ".join(group for group in user["groups"] if group != "everyone")
        table.add_row(user["name"], user["full_name"], str(user["number"]), groups, _state(user))
    console = Console(highlight=False)
    with console.capture() as text:
        console.print(table)
    return text.get().rstrip()


def _state(user: dict[str, Any]) -> str:
    if user["disabled"]:
        return "disabled"
    if user["locked_since"]:
        return f"locked after wrong passwords since {_time(user['locked_since'])}"
    return "has to change the password" if user["must_change"] else ""


def _time(ldap: str | None) -> str:
    """Write a time of the directory for people (UTC)."""
    return f"{ldap[:4]}-{ldap[4:6]}-{ldap[6:8]} {ldap[8:10]}:{ldap[10:12]} UTC" if ldap else ""
