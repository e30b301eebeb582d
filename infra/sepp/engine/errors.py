"""What goes wrong while a platform is made, in words for the operator."""


class EngineError(Exception):
    """A run failed. `next_step` is the command, or what else the operator should do next."""

    def __init__(self, message: str, next_step: str | None = None) -> None:
        super().__init__(message)
        self.next_step = next_step


class LockedError(EngineError):
    """Another run works on the same platform."""
