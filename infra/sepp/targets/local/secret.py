"""Where the stacks of earlier versions look for the provider of their secrets."""

from sepp.targets.secret import SecretsProvider

__all__ = ["SecretsProvider"]
