"""The command `sepp-storage` of the storage host."""

import argparse
import contextlib
import fcntl
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

from sepp_storage import audit, demo, folders, purge, remove, serve, usage
from sepp_storage.config import STATE, StorageError, load
from sepp_storage.journal import Journal
from sepp_storage.members import Directory
from sepp_storage.sync import Sync, groups

_LOCK = Path("/run/sepp-storage.lock")


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = _parser().parse_args()
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except (OSError, StorageError) as error:
        print(f"<3>{error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sepp-storage", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("sync", help="make folders, limits and rights what the mission wants")
    command.add_argument("--every", type=float, metavar="SECONDS", help="again and again, until it is told to end")
    command.set_defaults(run=_sync)
    command = commands.add_parser("purge", help="delete old files of the scratch tier")
    command.add_argument("--dry-run", action="store_true", help="only tell what would be deleted")
    command.add_argument("--days-ahead", type=float, default=0, help="as if it were so many days later")
    command.set_defaults(run=_purge)
    command = commands.add_parser("audit", help="tell which files of the repository were changed or lost")
    command.add_argument("--accept", metavar="COLLECTION", help="take what this collection is now as right")
    command.set_defaults(run=_audit)
    command = commands.add_parser("remove", help="delete the data of a user who has no rights any more")
    command.add_argument("user", help="the user's name")
    command.set_defaults(run=_remove)
    command = commands.add_parser("demo", help="put demonstration data into the repository")
    command.add_argument("folder", type=Path, help="folder that holds it")
    command.set_defaults(run=_demo)
    command = commands.add_parser("usage", help="tell the operator what users use, as it was counted last")
    command.set_defaults(run=_usage)
    command = commands.add_parser("serve", help="tell the portal what users use")
    command.add_argument("port", type=int, help="TCP port")
    command.add_argument("token", type=Path, help="file that holds the platform's token")
    command.set_defaults(run=_serve)
    return parser


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """Wait until no other run changes folders."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync(arguments: argparse.Namespace) -> int:
    if arguments.every is None:
        return _sync_once()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    while not ended.is_set():
        try:
            _sync_once()
        except (OSError, StorageError) as error:
            print(f"<3>{error}", file=sys.stderr, flush=True)
        ended.wait(arguments.every)
    return 0


def _sync_once() -> int:
    config = load()
    with _alone():
        journal = Journal(STATE / "storage-problems")
        directory = Directory(groups(config))
        sync = Sync(config, directory, journal)
        sync.run()
        home = config.tier("persistent")
        with journal.catch("usage"):
            report = usage.collect(config, directory, sync.volumes)
            in_use = home.path if home and home.name in sync.volumes else None
            usage.write(report, config.usage_reader, in_use, directory.users(groups(config)))
        return journal.close()


def _purge(arguments: argparse.Namespace) -> int:
    config = load()
    scratch = config.tier("scratch")
    if scratch is None or config.purge_after is None:
        return 0
    journal = Journal()
    before = time.time() + arguments.days_ahead * 86400 - config.purge_after
    for name in folders.names(scratch.path):
        with journal.catch(f"{scratch.path / name}"):
            done = purge.purge(scratch.path / name, before, dry_run=arguments.dry_run)
            verb = "would purge" if arguments.dry_run else "purged"
            if done.files:
                journal.done(f"{name}: {verb} {done.files} files, {done.size} bytes")
            if done.left:
                journal.done(f"{name}: {done.left} folders are nested too deep and were left alone")
    return journal.close()


def _remove(arguments: argparse.Namespace) -> int:
    journal = Journal()
    with _alone():
        remove.remove(load(), arguments.user, journal)
    return journal.close()


def _audit(arguments: argparse.Namespace) -> int:
    config = load()
    if config.repository_path is None:
        return 0
    journal = Journal()
    names = [collection.name for collection in config.collections]
    if arguments.accept and arguments.accept not in names:
        raise StorageError(f"no collection {arguments.accept}: there are {', '.join(names)}")
    for name in [arguments.accept] if arguments.accept else names:
        with journal.catch(f"collection {name}"):
            finding = audit.audit(config.repository_path, name, accept=bool(arguments.accept))
            for file in finding.added:
                journal.done(f"collection {name}: new: {file}")
            report = journal.done if arguments.accept else journal.problem
            for file in finding.changed:
                report(f"collection {name}: changed: {file}")
            for file in finding.missing:
                report(f"collection {name}: missing: {file}")
            journal.done(f"collection {name}: {finding.checked} files, {'whole' if finding.whole else 'damaged'}")
    return journal.close()


def _demo(arguments: argparse.Namespace) -> int:
    config = load()
    if config.repository_path is None:
        return 0
    journal = Journal()
    demo.install(arguments.folder, config.repository_path, config.collections, journal)
    return journal.close()


def _usage(_: argparse.Namespace) -> int:
    print(usage.REPORT.read_text(), end="")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    # The first process of a container ends by no signal of which it says nothing.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    answers = serve.Answers(token=arguments.token.read_text().strip(), report=usage.REPORT)
    serve.serve(arguments.port, answers)
    return 0
