"""What goes wrong while a platform is made, in words for the operator."""

NEXT = "\nNext: "


class EngineError(Exception):
    """A run failed. `next_step` is the command, or what else the operator should do next."""

    def __init__(self, message: str, next_step: str | None = None) -> None:
        super().__init__(message)
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the message and, on a line of its own, the next step: so it passes through the engine as well."""
        message = super().__str__()
        return f"{message}{NEXT}{self.next_step}" if self.next_step else message


class LockedError(EngineError):
    """Another run works on the same platform."""
