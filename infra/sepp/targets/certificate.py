"""The platform's own authority and the certificates that it signs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from sepp import deployment
from sepp.targets import pki
from sepp.targets.provider import Properties, Provider, own

_SECRET_KEY = ["key"]


@dataclass(frozen=True, kw_only=True)
class AuthorityArgs:
    """The target that the platform is on, and the platform's title, which the authority's name shows."""

    target: str
    title: str


class AuthorityProvider(Provider):
    """Makes the authority once: users have imported its certificate."""

    only_for_new = frozenset({"title"})

    def create(self, props: Properties) -> CreateResult:
        """Make the authority."""
        return CreateResult("authority", _made(props, pki.make_authority(props["title"])))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Keep it."""
        return UpdateResult({**own(_olds), **own(_news)})


class _Authority(Resource, module="sepp", name="Authority"):
    certificate: pulumi.Output[str]
    key: pulumi.Output[str]


class Authority(pulumi.ComponentResource):
    """The platform's own certificate authority."""

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"sepp:{args.target}:Authority", name, {}, opts)
        resource = _Authority(
            AuthorityProvider(),
            name,
            {"title": args.title, "certificate": None, "key": None},
            pulumi.ResourceOptions(
                parent=self, protect=True, retain_on_delete=True, additional_secret_outputs=_SECRET_KEY
            ),
        )
        self.certificate = resource.certificate
        self.key = resource.key
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """The target that the platform is on, host names of a certificate, and who signs it.

    `generation` changes when it shall be made anew.
    """

    target: str
    names: Sequence[str]
    authority: Authority
    generation: pulumi.Input[str | None] = None


class CertificateProvider(Provider):
    """Issues a certificate, and again when its names or its generation change, or when it ends soon."""

    def broken(self, outputs: Properties) -> bool:
        """Tell whether it is time to renew."""
        return pki.renewal_due(outputs["certificate"])

    def create(self, props: Properties) -> CreateResult:
        """Issue the certificate."""
        return CreateResult("certificate", _issued(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Issue it again."""
        return UpdateResult(_issued(_news))


class _Certificate(Resource, module="sepp", name="Certificate"):
    certificate: pulumi.Output[str]
    key: pulumi.Output[str]


class Certificate(pulumi.ComponentResource):
    """A certificate of the platform's own authority."""

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"sepp:{args.target}:Certificate", name, {}, opts)
        resource = _Certificate(
            CertificateProvider(),
            name,
            {
                "names": list(args.names),
                "authority": args.authority.certificate,
                "authority_key": args.authority.key,
                "generation": args.generation,
                "certificate": None,
                "key": None,
            },
            pulumi.ResourceOptions(parent=self, additional_secret_outputs=["key", "authority_key"]),
        )
        self.certificate = resource.certificate
        self.key = resource.key
        self.register_outputs({})


def _made(props: Properties, made: deployment.Certificate) -> Properties:
    return {**own(props), "certificate": made.certificate, "key": made.key}


def _issued(props: Properties) -> Properties:
    authority = deployment.Certificate(certificate=props["authority"], key=props["authority_key"])
    return _made(props, pki.issue(authority, props["names"]))
