"""The page. It is the same for everybody, so it is rendered once, when the service starts.

`string.Template` is enough for the few addresses that are filled in; a template engine would be two
more packages in the image. Stories never pass through here: the script puts them into the page as
text.
"""

import html
import string
from importlib.resources import files
from typing import Final

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def render(static_path: str) -> bytes:
    """The page's HTML, with its files under `static_path`."""
    source = (files(__package__) / "page.html").read_text("utf-8")
    return string.Template(source).substitute(static=html.escape(static_path)).encode()
