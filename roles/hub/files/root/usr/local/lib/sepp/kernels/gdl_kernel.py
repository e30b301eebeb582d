"""GDL, the free implementation of IDL, as a Jupyter kernel."""

from typing import Any, ClassVar

from ipykernel.kernelapp import IPKernelApp
from metakernel import ProcessMetaKernel, REPLWrapper


class GdlKernel(ProcessMetaKernel):
    """Talks to GDL's prompt."""

    implementation = "GDL"
    implementation_version = "1.0"
    language = "idl"
    banner = "GDL - GNU Data Language"
    language_info: ClassVar[dict[str, Any]] = {
        "name": "idl",
        "mimetype": "text/x-idl",
        "codemirror_mode": "idl",
        "pygments_lexer": "idl",
        "file_extension": ".pro",
    }

    def makeWrapper(self) -> REPLWrapper:  # noqa: N802
        """Start GDL; without a terminal's line editor, whose control characters would mix with the output."""
        return REPLWrapper("env TERM=dumb gdl -quiet", "GDL> ", None, continuation_prompt_regex=".*- ")


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=GdlKernel)
