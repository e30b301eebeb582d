"""`sepp env`: what a shell needs so that plain `pulumi` works on a platform."""

import shlex

import typer

from sepp.cli.common import PlatformName
from sepp.cli.running import reporting
from sepp.engine.stack import Stack


def env(platform: PlatformName = "local/demo") -> None:
    """Print shell commands that set the variables for plain `pulumi` in stacks/<target>: eval "$(./sepp env)"."""
    with reporting(platform), Stack.of(platform).held("sepp env") as run:
        for name, value in run.stack.environment().items():
            typer.echo(f"export {name}={shlex.quote(value)}")
