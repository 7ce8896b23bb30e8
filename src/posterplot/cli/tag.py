"""The command ``tag``: write genres into media libraries."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import STOPPED, print_film_error, print_note
from posterplot.cli.option_names import error_line
from posterplot.cli.options import ModelOption
from posterplot.cli.predict_summary import print_unnamed
from posterplot.cli.tag_output import print_counts, print_stopped, printable, show_decision
from posterplot.cli.trust import (
    AnyLanguageOption,
    PrecisionOption,
    RecallOption,
    open_model,
)
from posterplot.errors import PosterplotError, UsageError
from posterplot.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from posterplot.inference.bundle import Bundle
    from posterplot.library.plan import Mode
    from posterplot.library.servers import Jellyfin, Kodi


def tag(
    library: Annotated[Path, typer.Argument(help="The folder of films.")],
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the changes; without it nothing changes."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and change nothing: the default.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Restore what the last --write changed.")
    ] = False,
    add: Annotated[
        bool, typer.Option("--add", help="Add genres to films that have some already.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the genres that films have.")
    ] = False,
    names: Annotated[
        str,
        typer.Option(
            metavar="tmdb|imdb|FILE.toml",
            help="Genre names to write; tmdb is what Jellyfin, Kodi and Radarr use.",
        ),
    ] = "tmdb",
    tags: Annotated[
        bool, typer.Option("--tags", help="Write genres that have no name in --names as tags.")
    ] = False,
    series: Annotated[
        bool, typer.Option("--series", help="Tag series (tvshow.nfo) as well as films.")
    ] = False,
    create: Annotated[
        bool, typer.Option("--create", help="Write an NFO for each film that has none.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the plan: .jsonl or .csv.")
    ] = None,
    kometa: Annotated[
        Path | None, typer.Option(help="Where to write a Kometa file for Plex: .yml.")
    ] = None,
    kodi: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A running Kodi, to refresh the films written."),
    ] = None,
    jellyfin: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A running Jellyfin, to scan; its key is in JELLYFIN_API_KEY."
        ),
    ] = None,
    model: ModelOption = None,
    precision: PrecisionOption = None,
    recall: RecallOption = None,
    any_language: AnyLanguageOption = False,
    only_familiar: Annotated[
        bool,
        typer.Option(
            "--only-familiar",
            help="Leave out films unlike those that the model was measured on.",
        ),
    ] = False,
) -> None:
    """Write genres into the NFO files of a media library.

    Without --write it only shows the plan: a line for each film, with the genres to write or the
    reason why it is left alone. Films that have genres keep them unless --add or --replace is
    given. Only <genre> elements change; every write can be undone.
    """
    if undo:
        options: dict[str, object] = {"--write": write, "--add": add, "--replace": replace}
        options["--dry-run"] = dry_run
        options |= {"--create": create, "--tags": tags, "--out": out, "--kometa": kometa}
        options |= {"--kodi": kodi, "--only-familiar": only_familiar}
        if wrong := [name for name, value in options.items() if value]:
            raise UsageError(f"--undo does not go together with {wrong[0]}")
        _undo(library, jellyfin)
        return
    if dry_run and write:
        raise UsageError("--dry-run and --write exclude each other", hint="leave one of them out")
    if add and replace:
        raise UsageError("--add and --replace do not go together")
    for option, value in (("--kodi", kodi), ("--jellyfin", jellyfin)):
        if value and not write:
            raise UsageError(f"{option} needs --write: without it, no file changes")
    _tag(
        library,
        write=write,
        mode="add" if add else "replace" if replace else "missing",
        names=names,
        series=series,
        create=create,
        tags=tags,
        out=out,
        kometa=kometa,
        servers=_servers(kodi, jellyfin),
        only_familiar=only_familiar,
        load=lambda: open_model(model, precision, recall, any_language=any_language),
    )


def _tag(
    library: Path,
    *,
    write: bool,
    mode: "Mode",
    names: str,
    series: bool,
    create: bool,
    tags: bool,
    out: Path | None,
    kometa: Path | None,
    servers: "tuple[Kodi | None, Jellyfin | None]",
    only_familiar: bool,
    load: "Callable[[], Bundle]",
) -> None:
    from posterplot.inference.predictor import Predictor
    from posterplot.library.find import library_root
    from posterplot.library.outputs import open_outputs
    from posterplot.library.tag import tag as tag_library
    from posterplot.library.written import WrittenGenres

    root = library_root(library)  # report a wrong path before the model is loaded
    is_written = WrittenGenres(root).are_kept_by if kometa else lambda _: False
    predictor = Predictor(load())
    counts: Counter[str] = Counter()
    unnamed: Counter[str] = Counter()  # reason -> films
    origins: set[str] = set()
    written: list[str] = []
    begun = False
    try:
        with open_outputs(
            out,
            kometa,
            replace=mode == "replace",
            is_written=is_written,
            note=lambda text: print_note(printable(text)),
        ) as writers:
            decisions = tag_library(
                library,
                predictor,
                write=write,
                mode=mode,
                names=names,
                series=series,
                create=create,
                tags=tags,
                all_films=kometa is not None,
                only_familiar=only_familiar,
            )
            try:
                for decision in decisions:
                    begun = True
                    show_decision(decision, mode)
                    for add in writers:
                        add(decision)
                    counts[decision.action] += 1
                    counts["error"] += decision.is_error
                    counts["unfamiliar"] += decision.unfamiliar
                    if decision.unnamed:
                        unnamed[decision.unnamed] += 1
                    if decision.action == "write":
                        origins.update(decision.origins)
                        if write:
                            written.append(str(root / decision.path))
            except KeyboardInterrupt:
                decisions.close()
                print_stopped(write=write)
                raise typer.Exit(STOPPED) from None
            if not counts.total():
                raise UsageError(
                    "no films found: a film is a video file, or an NFO file of one",
                    where=printable(str(library)),
                    hint="check the path, and that its disk is mounted",
                )
    except (OSError, PosterplotError):
        if write and begun:  # films are written, though a file outside the library is not
            print_stopped(write=True)
        raise
    print_counts(counts, write=write)
    print_unnamed(unnamed)
    for path in (out, kometa):
        if path:
            print_note(f"written: {path}")
    if write and written:
        counts["error"] += not _notify(written, origins, servers, series=series)
    if counts["error"]:
        raise typer.Exit(1)


def _undo(library: Path, jellyfin: str | None) -> None:
    from posterplot.library.undo import count_runs, undo

    server = _servers(None, jellyfin)[1]
    restored = failed = 0
    stays = False
    for file in undo(library):
        restored += file.restored
        stays |= file.retry
        if not file.restored:
            failed += 1
            print_film_error(printable(file.path), "", file.reason)
    print_note(
        f"{count(restored, 'file')} restored" + (f", {failed} left as they are" * bool(failed))
    )
    earlier = count_runs(library)
    if stays:
        print_note("the run stays: --undo restores these files once they can be written")
    elif earlier:
        print_note(f"{count(earlier, 'earlier run')} can be undone as well: run --undo again")
    if server and restored:
        server.scan()
        print_note("Jellyfin scans its libraries now")
    elif restored:
        print_note("let your media server refresh its metadata, as after --write")
    if failed:
        raise typer.Exit(1)


def _servers(kodi: str | None, jellyfin: str | None) -> "tuple[Kodi | None, Jellyfin | None]":
    """Connect to the media servers first, so that a wrong address fails early."""
    from posterplot.library import servers

    return (
        servers.Kodi(kodi) if kodi else None,
        servers.Jellyfin(jellyfin) if jellyfin else None,
    )


def _notify(
    written: list[str],
    origins: set[str],
    servers: "tuple[Kodi | None, Jellyfin | None]",
    *,
    series: bool,
) -> bool:
    """Make the media servers re-read what was written; print advice for the other programs.

    Returns:
        Whether the servers did: what is written stays written if one does not.

    """
    from posterplot.library.servers import advice

    kodi, jellyfin = servers
    for line in advice(origins):
        if not (kodi and line.startswith("Kodi")) and not (jellyfin and line.startswith("Jelly")):
            print_note(line)
    try:
        _refresh(written, servers, series=series)
    except UsageError as error:
        print_note(f"the films are written, but {error_line(error)}")
        return False
    return True


def _refresh(
    written: list[str], servers: "tuple[Kodi | None, Jellyfin | None]", *, series: bool
) -> None:
    kodi, jellyfin = servers
    if jellyfin:
        jellyfin.scan()
        print_note("Jellyfin scans its libraries now")
    if kodi:
        unknown = kodi.refresh(written)
        if series:
            unknown = kodi.refresh(unknown, series=True)
        print_note(f"Kodi refreshes {count(len(written) - len(unknown), 'film')} now")
        for path in unknown:
            print_film_error(
                printable(path),
                "",
                "Kodi's library has no film with this folder and name, or several",
            )
