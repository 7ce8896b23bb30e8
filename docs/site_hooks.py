"""Hooks of mkdocs, which builds the site."""

import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)]+)\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Turn links to files outside docs/, which the site does not have, into their paths."""
    folder = Path(page.file.abs_src_path).parent
    docs = Path(config["docs_dir"]).resolve()

    def outside(link: re.Match[str]) -> str:
        target = (folder / link[2].partition("#")[0]).resolve()
        if target.is_relative_to(docs):
            return link[0]
        return f"`{target.relative_to(docs.parent)}`"

    return _LINK.sub(outside, markdown)
