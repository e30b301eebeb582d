"""Whom services believe where the site has authorities of its own."""

from pathlib import Path

import pytest

from sepp.config.platform import Tls
from sepp.engine.errors import EngineError
from sepp.targets import pki
from sepp.targets.trust import believed


def named(file: Path) -> Tls:
    return Tls.model_validate({"authority": str(file)})


def test_the_platforms_own_authority_comes_first_and_alone_where_the_site_has_none(tmp_path: Path):
    own, site = (pki.make_authority(title).certificate for title in ("Platform", "Site"))
    assert believed(own, Tls.model_validate({})) == own
    (tmp_path / "site.pem").write_text(site)
    assert believed(own, named(tmp_path / "site.pem")) == own + site


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("nothing", "holds no certificate in PEM"),
        (
            pki.issue(pki.make_authority("Site"), ("sepp.site.example",)).certificate,
            "CN=sepp.site.example is no authority",
        ),
    ],
)
def test_what_is_no_authority_is_refused_with_its_file(tmp_path: Path, text, words):
    file = tmp_path / "site.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(EngineError, match=rf"sepp:tls.authority: {file}.*{words}") as raised:
        believed("", named(file))
    assert raised.value.next_step
