"""The page in a real browser; skipped where there is none."""

import json
from xml.etree import ElementTree

import pytest
from tests.browser import find_fault
from tests.serve.conftest import OVERVIEW, encoded, running

from posterplot.inference.bundle import load_bundle, shipped_bundle
from posterplot.inference.predictor import Predictor

_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    if (value > 0.005) window.shifts.push([value, ...sources.map((s) => s.node?.id)]);
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def opened(chromium, address):
    """Open the page; at the end, check its console and that it loaded nothing from elsewhere."""
    contexts, console, urls, expected = [], [], [], []

    def open_page(width=1280, scheme="light", at=address, failures=0):
        expected.append(failures)
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.on("request", lambda request: urls.append(request.url))
        page.add_init_script(_SHIFTS)
        page.goto(at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # Chromium itself reports each failed response, and nothing else is on the console
    failed = [line for line in console if line.startswith("Failed to load resource")]
    assert len(failed) == sum(expected)
    assert console == failed
    assert all(url.startswith(("http://127.0.0.1:", "blob:", "data:")) for url in urls)


def drop(page, content, kind="image/png"):
    page.evaluate(
        """([bytes, type]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "p", { type }));
          const options = { dataTransfer: data, bubbles: true, cancelable: true };
          document.getElementById("frame").dispatchEvent(new DragEvent("drop", options));
        }""",
        [list(content), kind],
    )


def choose(page, folder):
    """Choose a poster file, wait for its prediction, and return its path."""
    path = folder / "p.png"
    path.write_bytes(encoded())
    page.set_input_files("#poster", path)
    genres(page)
    return path


def genres(page):
    """Wait for a prediction; return the text of each row."""
    page.wait_for_selector(".bars button")
    page.wait_for_selector("#genres[aria-busy=false]")
    return page.locator(".bars li").all_inner_texts()


def test_predictions_with_and_without_an_input(opened):
    page = opened()
    drop(page, encoded())
    assert len(genres(page)) == 3
    assert page.inner_text("#from") == "From its poster."
    assert page.inner_text("[data-hide='']") == "poster"
    assert page.is_disabled("[data-hide=poster]")
    page.fill("#overview", OVERVIEW)
    page.wait_for_selector("#from:has-text('overview')")
    whole = genres(page)
    assert page.inner_text("[data-hide='']") == "poster and overview"
    page.click("[data-hide=overview]")
    page.wait_for_selector("#from:has-text('only')")
    assert page.get_attribute("[data-hide=overview]", "aria-pressed") == "true"
    assert "From its poster only" in page.inner_text("#announcement")
    page.click("[data-hide='']")
    assert genres(page) == whole
    assert not page.evaluate("window.shifts")


def test_a_sample_and_its_explanation(opened):
    page = opened()
    page.locator(".sample").first.click()
    genres(page)
    first = page.locator(".bars button").first
    first.click()
    page.wait_for_selector("#why-body:not([hidden])")
    name = first.locator(".name").inner_text()
    assert page.inner_text("#why-title") == f"Why {name}?"
    assert page.get_attribute("#heatmap", "alt").startswith(
        f"The poster with its heatmap for {name}"
    )
    assert page.locator("#marked").inner_text().startswith(page.input_value("#overview")[:5])
    assert page.inner_text("#change-poster")[0] in "+−"
    page.click("#after")
    page.wait_for_selector(f"#why-title:not(:text-is('Why {name}?'))")
    page.click("#edit")
    assert page.is_visible("#overview")
    assert page.is_hidden("#heatmap")
    assert not page.evaluate("window.shifts")


def test_predictions_can_be_copied(opened):
    page = opened()
    page.fill("#title", "Cats & <Dogs>")
    page.fill("#overview", OVERVIEW)
    genres(page)
    for button in ("#copy-json", "#copy-nfo"):
        page.wait_for_selector(f"{button}:enabled")
    page.click("#copy-json")
    page.wait_for_selector("#copied:text-is('JSON copied.')")
    line = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert line["title"] == "Cats & <Dogs>"
    page.click("#copy-nfo")
    page.wait_for_selector("#copied:text-is('NFO copied.')")
    movie = ElementTree.fromstring(page.evaluate("navigator.clipboard.readText()"))
    assert movie.tag == "movie"
    assert movie.findtext("title") == "Cats & <Dogs>"
    assert [genre.text for genre in movie.findall("genre")] == line["genres"]


def test_an_nfo_has_the_genres_from_all_inputs(opened):
    page = opened()
    drop(page, encoded())
    page.fill("#overview", OVERVIEW)
    page.wait_for_selector("#from:has-text('overview')")
    genres(page)
    page.click("#copy-json")
    page.wait_for_selector("#copied:text-is('JSON copied.')")
    full = json.loads(page.evaluate("navigator.clipboard.readText()"))
    for without in ("poster", "overview"):
        page.click(f"[data-hide={without}]")
        page.wait_for_selector("#from:has-text('only')")
        page.click("#copy-nfo")
        page.wait_for_selector("#copied:text-is('NFO copied.')")
        movie = ElementTree.fromstring(page.evaluate("navigator.clipboard.readText()"))
        assert movie.findtext("plot") == OVERVIEW
        assert [genre.text for genre in movie.findall("genre")] == full["genres"]


@pytest.mark.parametrize("kind", ["AVIF", "GIF"])
def test_other_image_formats_are_accepted(opened, kind):
    page = opened()
    assert f"image/{kind.lower()}" in page.get_attribute("#poster", "accept")
    drop(page, encoded(kind=kind), f"image/{kind.lower()}")
    genres(page)
    page.wait_for_selector("#from:text-is('From its poster.')")
    assert page.evaluate("document.getElementById('shown').naturalWidth") == 40


def test_a_phone_scrolls_to_the_result(opened):
    page = opened(390)
    page.fill("#overview", OVERVIEW)
    genres(page)
    assert page.evaluate("document.getElementById('genres').getBoundingClientRect().top") > 500
    page.click("#predict")
    page.wait_for_timeout(1500)  # it scrolls smoothly
    # below the list, the page may end before the list is at the top
    assert page.evaluate("document.getElementById('copy-nfo').getBoundingClientRect().bottom") < 900


def test_all_genres_fit_into_a_window_of_900_px(chromium):
    predictor = Predictor(load_bundle(shipped_bundle()))
    with running(predictor) as (_, address):
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.fill("#overview", OVERVIEW)
        assert len(genres(page)) == 21
        bottom = "document.getElementById('copy-nfo').getBoundingClientRect().bottom"
        assert page.evaluate(bottom) <= 900
        page.click("#about-open")
        heights = page.evaluate(
            "[...document.querySelectorAll('#about tr')].map((row) => row.offsetHeight)"
        )
        assert max(heights) < 40  # no cell is broken into lines
        page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_description_of_the_api_is_accessible(opened, address, width, scheme):
    page = opened(width, scheme, at=address + "/docs")
    assert page.is_visible("text=POST /v1/predict")
    find_fault(page, "docs")


def test_the_page_works_by_keyboard(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#overview")
    page.keyboard.type("a gun")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "predict":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    genres(page)
    page.wait_for_selector("#copy-json:enabled")
    while page.evaluate("document.activeElement.parentElement.parentElement.id") != "bars":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector("#why-body:not([hidden])")
    assert "predicted (threshold" in page.inner_text("#announcement")
    page.focus("#about-open")
    page.keyboard.press("Enter")
    assert page.is_visible("#about")
    page.keyboard.press("Escape")
    assert page.is_hidden("#about")


def test_messages_about_missing_and_broken_inputs(opened):
    page = opened()
    page.click("#predict")
    assert page.inner_text("#error") == "Add a poster or an overview first."
    page.fill("#overview", OVERVIEW)
    genres(page)
    drop(page, b"GIF89a", "image/gif")
    page.wait_for_selector("#error:has-text('Poster is')")
    assert len(genres(page)) == 3  # from the overview


BUSY = {
    "status": 503,
    "content_type": "application/problem+json",
    "body": json.dumps({"detail": "too many films are queued", "hint": "send it again later"}),
}


def fail_once(page, path):
    """Let the next request to a path fail with 503."""
    page.route(f"**{path}", lambda route: route.fulfill(**BUSY), times=1)


def test_a_view_that_fails_leaves_the_page_usable(opened):
    page = opened(failures=3)
    drop(page, encoded())
    page.fill("#overview", OVERVIEW)
    page.wait_for_selector("#from:has-text('overview')")
    whole = genres(page)
    fail_once(page, "/v1/predict")
    page.click("[data-hide=poster]")
    page.wait_for_selector("#error:has-text('Too many films are queued')")
    assert genres(page) == whole
    assert page.get_attribute("[data-hide='']", "aria-pressed") == "true"
    page.fill("#overview", OVERVIEW + " An end.")
    page.wait_for_selector("#copy-json:enabled")
    genres(page)
    assert page.inner_text("#error") == ""
    fail_once(page, "/v1/explain")
    page.locator(".bars button").first.click()
    page.wait_for_selector("#error:has-text('Too many films are queued')")
    assert page.locator(".bars [aria-pressed=true]").count() == 0
    fail_once(page, "/v1/predict")
    page.click("#predict")
    page.wait_for_selector("#bars .blank")
    page.click("#predict")
    page.wait_for_selector("#copy-json:enabled")
    assert page.inner_text("#error") == ""


def test_a_sample_that_cannot_be_fetched_is_reported(opened):
    page = opened(failures=2)
    fail_once(page, "/samples/*")
    page.locator(".sample").first.click()
    page.wait_for_selector("#error:has-text('Too many films are queued')")
    assert page.is_hidden("#shown")

    page.fill("#overview", OVERVIEW)
    page.wait_for_selector("#copy-nfo:enabled")
    fail_once(page, "/samples/*")
    page.locator(".sample").first.click()
    page.wait_for_selector("#error:has-text('Too many films are queued')")
    assert page.input_value("#overview") == OVERVIEW  # the genres shown are of this film
    assert page.is_enabled("#copy-nfo")


def test_the_poster_of_a_sample_that_comes_late_is_ignored(opened):
    page, held = opened(), []
    page.route("**/samples/*", lambda route: held.append(route))
    with page.expect_request("**/samples/*"):
        page.locator(".sample").first.click()
    drop(page, encoded())
    genres(page)
    shown = page.get_attribute("#shown", "src")
    with page.expect_response("**/samples/*"):
        held[0].continue_()
    page.wait_for_timeout(200)
    assert page.get_attribute("#shown", "src") == shown


def test_a_failure_without_an_explanation_has_its_status(opened):
    page = opened(failures=1)
    page.route("**/v1/predict", lambda route: route.fulfill(status=502, body=""), times=1)
    page.fill("#overview", OVERVIEW)
    page.wait_for_selector(
        "#error:text-is('The service answered with status 502. Try again later.')"
    )


def test_a_failed_explanation_is_seen_on_a_phone(opened):
    page = opened(390, failures=1)
    page.fill("#overview", OVERVIEW)
    genres(page)
    page.locator(".bars button").last.scroll_into_view_if_needed()
    fail_once(page, "/v1/explain")
    page.locator(".bars button").last.click()
    page.wait_for_selector("#error:has-text('Too many films are queued')")
    page.wait_for_function("document.getElementById('error').getBoundingClientRect().top >= 0")


def test_the_alternative_text_of_a_poster(opened):
    page = opened()
    drop(page, encoded())
    genres(page)
    assert page.get_attribute("#shown", "alt") == "Your poster"
    page.locator(".bars button").first.click()
    page.wait_for_selector("#why-body:not([hidden])")
    assert "overview not given" in page.inner_text("#announcement")
    drop(page, encoded(kind="TIFF"))
    page.wait_for_selector("#shown[alt*='which this browser cannot show']")


def test_texts_are_pasted_and_dragged_as_everywhere(opened):
    page = opened(failures=1)
    handled = """([type, kind, withFile]) => {
      const data = new DataTransfer();
      data.setData("text/plain", "A film.");
      if (withFile) data.items.add(new File(["x"], "p.png", { type: "image/png" }));
      const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
      const Event = type === "paste" ? ClipboardEvent : DragEvent;
      const event = new Event(type, options);
      return !document.getElementById(kind).dispatchEvent(event);
    }"""
    assert not page.evaluate(handled, ["paste", "overview", True])
    assert not page.evaluate(handled, ["dragover", "overview", False])
    assert not page.evaluate(handled, ["drop", "overview", False])
    assert page.inner_text("#error") == ""
    assert page.evaluate(handled, ["dragover", "overview", True])
    assert page.evaluate(handled, ["paste", "frame", True])
    page.wait_for_selector("#error:has-text('Poster is')")


def test_a_poster_that_cannot_be_read_any_more(opened, tmp_path):
    page = opened()
    choose(page, tmp_path).write_bytes(encoded() + b"more")
    page.click("#predict")
    page.wait_for_selector("#error:has-text('The poster file cannot be read')")


def test_a_file_can_be_chosen_again_after_another(opened, tmp_path):
    page = opened()
    choose(page, tmp_path)
    drop(page, encoded())
    assert page.evaluate("document.getElementById('poster').files.length") == 0


def test_a_page_that_is_opened_again_predicts_the_restored_fields(opened):
    page = opened()
    page.fill("#overview", OVERVIEW)
    genres(page)
    page.goto(page.url + "docs")
    page.go_back()
    assert page.input_value("#overview") == OVERVIEW
    assert len(genres(page)) == 3


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_page_is_accessible(opened, width, scheme):
    page = opened(width, scheme)
    if scheme == "dark":
        find_fault(page, "empty")
    page.locator(".sample").last.click()
    genres(page)
    page.locator(".bars button").first.click()
    page.wait_for_selector("#heatmap:not([hidden])")
    page.wait_for_timeout(450)  # until transitions have ended
    find_fault(page, "answered")
    assert not page.evaluate("window.shifts")
    page.click("#about-open")
    find_fault(page, "about")


def test_the_page_fits_into_320_px(opened):
    """The least width of WCAG 2.1, 1.4.10."""
    page = opened(320)
    frame = "document.getElementById('frame')"
    assert page.evaluate(f"{frame}.scrollHeight - {frame}.clientHeight") <= 0
    assert page.evaluate("document.querySelector('.drop svg').clientHeight") > 20
    page.locator(".sample").last.click()
    genres(page)
    page.locator(".bars button").first.click()
    page.wait_for_selector("#heatmap:not([hidden])")
    page.evaluate("document.querySelector('.why h2').textContent = 'Why Documentary?'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    lines = "(h => h.offsetHeight / parseFloat(getComputedStyle(h).lineHeight))"
    assert page.evaluate(f"{lines}(document.querySelector('.why h2'))") < 2.1  # no word is broken


@pytest.mark.parametrize("token", ["open sesame", "öffne 映画 voilà"])
def test_a_token_can_be_entered(chromium, predictor, token):
    with running(predictor, token=token) as (_, address):
        page = chromium.new_page()
        page.goto(address)
        page.fill("#overview", OVERVIEW)
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#token-error:text-is('This token is wrong.')")
        page.fill("#token", token)
        page.keyboard.press("Enter")
        assert len(genres(page)) == 3
        page.close()


def test_a_token_dialog_that_is_closed_leaves_the_page_usable(chromium, predictor):
    with running(predictor, token="open sesame") as (_, address):
        page = chromium.new_page()
        page.goto(address)
        page.fill("#overview", OVERVIEW)
        page.wait_for_selector("#token-dialog[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#error:has-text('requires a token')")
        assert page.get_attribute("#genres", "aria-busy") == "false"
        page.click("#predict")
        page.fill("#token", "open sesame")
        page.keyboard.press("Enter")
        assert len(genres(page)) == 3
        page.close()
