"""Pages in a real browser: nothing overflows, nothing fails, everything can be read.

For tests of any page: ``check_page(chromium, path)``. Skipped where no Chromium is installed.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# a phone by day, a desk at night: the width changes no colour, and the scheme no place
WINDOWS = ((390, "light"), (1280, "dark"))

# what stands out of the window and is not inside a box that scrolls
_OVERFLOWING = """() => {
  const inBox = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
  return [...document.querySelectorAll('body *')]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !inBox(e))
    .map((e) => `${e.tagName}.${e.getAttribute('class')}: ${e.textContent.trim().slice(0, 40)}`);
}"""


@contextmanager
def browser() -> Iterator["Browser"]:
    """Lend a headless Chromium, that of the system; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.skip("no chromium is installed")
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def check_page(chromium: "Browser", path: Path) -> None:
    """Open a page on a phone by day and at a desk at night, and check it.

    No message in the console, no request to anywhere, nothing wider than the window, no image
    without a text, and nothing that axe-core finds against WCAG 2 A and AA, contrast included.
    """
    for width, scheme in WINDOWS:
        where = f"{path.name}, {width} px, {scheme}"
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        messages: list[str] = []
        urls: list[str] = []
        page.on("console", lambda message, messages=messages: messages.append(message.text))
        page.on("pageerror", lambda error, messages=messages: messages.append(str(error)))
        page.on("request", lambda request, urls=urls: urls.append(request.url))
        page.goto(path.resolve().as_uri())
        for folded in page.query_selector_all("details"):
            folded.evaluate("e => e.open = true")
        assert not messages, f"{where}: {messages}"
        others = [url for url in urls[1:] if not url.startswith("data:")]
        assert not others, f"{where}: asks for {others}"
        find_fault(page, where)
        page.close()


def find_fault(page: "Page", where: str) -> None:
    """Check that nothing on an open page is too wide, unnamed or unreadable."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    assert not page.evaluate(_OVERFLOWING), where
    shown = "[...document.images].filter((i) => i.checkVisibility())"
    assert page.evaluate(f"{shown}.every((i) => i.alt.trim() || i.closest('button'))"), where
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    violations = axe.Axe().run(page, options=rules).response["violations"]
    summary = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in violations]
    assert not summary, f"{where}: {summary}"
