"""Write findings as a CSV table, and as an HTML page with posters and marked words."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from posterplot.audit.audit import Audit, Finding
from posterplot.catalogue import Catalogue
from posterplot.csv_lines import LineFeeds
from posterplot.dataset.poster_images import decode_poster, shrink
from posterplot.errors import FilmError, encodable
from posterplot.explain.explain import explain
from posterplot.explain.render.marked_text import pieces
from posterplot.file_sets import new_files
from posterplot.films import Film
from posterplot.inference.predictor import Predictor
from posterplot.pages import image_uri, page_templates
from posterplot.wording import percent

COLUMNS = (
    *("id", "title", "genre", "kind", "probability", "label_error_probability"),
    *("catalogue_genres", "reason", "source"),
)
_MAX_CARDS = 50  # findings on the page: explaining each takes time
_POSTER_SIDE = 180  # pixels of a poster's shorter side


def write_audit(findings: Sequence[Finding], text: str, table: Path, page: Path) -> None:
    """Write findings as CSV, the most probable errors first, and the page about them.

    Args:
        findings: Findings of an audit.
        text: Text of the page, returned by :func:`audit_page`.
        table: Path of the CSV file.
        page: Path of the HTML file.

    Raises:
        OutputError: A file exists already, or cannot be written.
    """
    with new_files(table, page) as (table_file, page_file):
        _write_csv(findings, table_file)
        page_file.write_text(text, encoding="utf-8")


def _write_csv(findings: Sequence[Finding], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(LineFeeds(stream))
        writer.writerow(COLUMNS)
        for f in findings:
            numbers = (f"{f.probability:.4f}", f"{f.label_error_probability:.4f}")
            genres = "|".join(f.catalogue_genres)
            writer.writerow([f.id, f.title, f.genre, f.kind, *numbers, genres, f.reason, f.source])


def audit_page(
    audit: Audit,
    catalogue: Catalogue,
    predictor: Predictor | None,
    advance: Callable[[int], None] = lambda findings: None,
) -> str:
    """Return the first findings as a page without external files.

    Args:
        audit: The findings.
        catalogue: Catalogue of the audit. Its films are read again, as their posters were not
            kept.
        predictor: Predictor that marks the words which raise or lower the score of a genre; None
            marks none.
        advance: Called with the number of findings done since the last call.
    """
    shown = audit.findings[:_MAX_CARDS]
    films = _films(catalogue, {finding.id for finding in shown})
    cards = []
    for finding in shown:
        cards.append(_card(finding, films.get(finding.id), predictor))
        advance(1)
    template = page_templates("posterplot.audit").get_template("page.html.jinja")
    name = encodable(catalogue.table.path.name)
    return template.render(audit=audit, cards=cards, name=name, percent=percent)


def _films(catalogue: Catalogue, ids: set[str]) -> dict[str, Film]:
    found: dict[str, Film] = {}
    for film in catalogue.films():
        if isinstance(film, Film) and film.id in ids:
            found[film.id] = film
            if len(found) == len(ids):
                break
    return found


def _card(finding: Finding, film: Film | None, predictor: Predictor | None) -> dict[str, Any]:
    card: dict[str, Any] = {"finding": finding, "poster": None, "pieces": [], "year": None}
    if film is None:
        return card
    card["year"] = film.year
    if film.poster is not None:
        card["poster"] = _data_uri(film)
    if predictor is None:
        return card
    try:
        explanation = explain(predictor, film, genres=[finding.genre])
    except FilmError:
        return card
    words = explanation.explanations[0].words
    if words is not None and explanation.text is not None:
        card["pieces"] = list(pieces(explanation.text, words))
    return card


def _data_uri(film: Film) -> str | None:
    try:
        return image_uri(shrink(decode_poster(film.poster or b""), _POSTER_SIDE), quality=80)
    except FilmError:
        return None  # these were reported when the film was predicted


def summary_lines(audit: Audit) -> Iterator[str]:
    """Yield lines on which films and genres were checked, and which were not."""
    added, lost = audit.rates
    yield (
        f"{audit.films:,} films checked; an estimated {percent(added)} of the films without a"
        f" genre are labelled with it, and {percent(lost)} of the films with it are not"
    )
    if audit.unlabelled:
        yield f"{audit.unlabelled:,} films have no genre that the model knows: not checked"
    if audit.unknown:
        listed = ", ".join(f"{name} {count:,}" for name, count in audit.unknown.most_common(10))
        yield f"genres that the model does not know, not checked: {listed}"
    if audit.absent:
        yield f"no film here has {', '.join(audit.absent)}: not checked"
