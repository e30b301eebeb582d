"""The local target: systemd containers on the operator's machine."""
