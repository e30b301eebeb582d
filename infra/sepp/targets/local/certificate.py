"""Where the stacks of earlier versions look for the providers of their certificates."""

from sepp.targets.certificate import AuthorityProvider, CertificateProvider

__all__ = ["AuthorityProvider", "CertificateProvider"]
