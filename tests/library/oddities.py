"""NFO files as they are met: each with an oddity, and what ``tag`` should make of it."""

import codecs
from typing import NamedTuple


class Oddity(NamedTuple):
    """A file, the action in a plain run, and a word of the reason where it is left alone."""

    data: bytes
    action: str = "write"
    reason: str = ""


def nfo(
    *inner: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>\n', root: str = "movie"
) -> str:
    lines = ("<title>{title}</title>", "<year>1999</year>", "<plot>{plot}</plot>", *inner)
    return f"{head}<{root}>\n" + "".join(f"  {line}\n" for line in lines) + f"</{root}>\n"


def _b(text: str, codec: str = "utf-8") -> bytes:
    plot = "A gang of thieves plans a murder while the detective hunts them through the city."
    return text.replace("{title}", "Salt").replace("{plot}", plot).encode(codec)


PLAIN = nfo()
PLAIN_FILM = _b(PLAIN)
ACCENTS = nfo("<studio>Pathé Éclair</studio>")
ODDITIES: dict[str, Oddity] = {
    "plain": Oddity(_b(PLAIN)),
    "no declaration": Oddity(_b(nfo(head=""))),
    "UTF-8 mark": Oddity(codecs.BOM_UTF8 + _b(ACCENTS)),
    "UTF-16 little": Oddity(codecs.BOM_UTF16_LE + _b(nfo(head=""), "utf-16-le")),
    "UTF-16 big": Oddity(
        codecs.BOM_UTF16_BE + _b(nfo("<studio>🎬</studio>", head=""), "utf-16-be")
    ),
    "windows-1252": Oddity(_b(ACCENTS.replace("UTF-8", "windows-1252"), "cp1252")),
    "windows-1251": Oddity(
        _b(nfo("<studio>Ленфильм</studio>").replace("UTF-8", "windows-1251"), "cp1251")
    ),
    "GBK": Oddity(_b(nfo("<studio>電影</studio>").replace("UTF-8", "GBK"), "gbk")),
    "declared wrongly": Oddity(_b(ACCENTS, "cp1252")),
    "unknown encoding": Oddity(_b(PLAIN.replace("UTF-8", "x-none"))),
    "no declaration, not UTF-8": Oddity(_b(nfo("<studio>Pathé</studio>", head=""), "latin-1")),
    "CRLF": Oddity(_b(PLAIN.replace("\n", "\r\n"))),
    "CR": Oddity(_b(PLAIN.replace("\n", "\r"))),
    "mixed line ends": Oddity(_b(PLAIN.replace("\n", "\r\n", 3))),
    "tabs": Oddity(_b(PLAIN.replace("  ", "\t"))),
    "one line": Oddity(_b(PLAIN.replace("\n", "").replace("  ", ""))),
    "no line end": Oddity(_b(PLAIN.rstrip())),
    "bare ampersand": Oddity(_b(nfo("<studio>Black & White</studio>"))),
    "nbsp": Oddity(_b(nfo("<studio>Black&nbsp;White</studio>"))),
    "comment": Oddity(_b(nfo("<!-- <genre>Horror</genre> </movie> -->"))),
    "comment before the root": Oddity(
        _b(nfo(head="<!-- created on 2024-01-01 - tinyMediaManager 5 -->\n"))
    ),
    "comment after the root": Oddity(_b(PLAIN + "<!-- </movie> -->\n")),
    "processing instruction": Oddity(_b(nfo("<?note <genre>War</genre>?>"))),
    "attribute with >": Oddity(_b(nfo("<thumb aspect=\"a>b\" x='</movie>'>p</thumb>"))),
    "root with attributes": Oddity(_b(PLAIN.replace("<movie>", '<movie version="1" a="b">'))),
    "CDATA plot": Oddity(_b(PLAIN.replace("{plot}", "<![CDATA[<genre>Love</genre> & {plot}]]>"))),
    "empty genre": Oddity(_b(nfo("<genre/>", "<genre></genre>", "<genre> </genre>"))),
    "genre with clear": Oddity(_b(nfo('<genre clear="true"/>'))),
    "nested genres": Oddity(_b(nfo("<genres><genre>War</genre></genres>"))),
    "wrong case": Oddity(_b(nfo("<Genre>War</Genre>"))),
    "genre inside another": Oddity(_b(nfo("<set><name>S</name><genre>War</genre></set>"))),
    "unknown elements": Oddity(_b(nfo("<mine a='1'><deep><er/></deep></mine>", "<posterplot/>"))),
    "no plot before": Oddity(
        _b("<movie>\n<plot>{plot}</plot><title>{title}</title><year>1999</year>\n\n</movie>")
    ),
    "outline only": Oddity(_b(PLAIN.replace("plot>", "outline>"))),
    "links after the root": Oddity(
        _b(PLAIN + "https://www.themoviedb.org/movie/78\nhttps://www.imdb.com/title/tt0083658")
    ),
    "text after the root": Oddity(_b(PLAIN + "  <3 that film & more  ")),
    "jellyfin": Oddity(
        codecs.BOM_UTF8
        + _b(
            '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<movie>\n'
            "  <plot>{plot}</plot>\n  <lockdata>false</lockdata>\n"
            "  <dateadded>2024-01-01 10:00:00</dateadded>\n"
            "  <title>{title}</title>\n  <year>1999</year>\n  <tmdbid>78</tmdbid>\n</movie>"
        )
    ),
    "radarr": Oddity(
        _b(
            nfo(
                "<outline />",
                "<tagline />",
                '<set tmdbcolid="1"><name>S</name></set>',
                "<country />",
            )
        )
    ),
    "apostrophes and &lt;": Oddity(_b(PLAIN.replace("{title}", "Salt &amp; &#8217;s &lt;3"))),
    "deep": Oddity(_b(nfo("<d>" * 300 + "</d>" * 300))),
    "large": Oddity(_b(nfo("<actor><name>A</name></actor>\n" * 3000))),
    # genres are there
    "a genre": Oddity(_b(nfo("<genre>Drama</genre>")), "keep"),
    "genres apart": Oddity(
        _b(nfo("<genre>Drama</genre>", "<studio>S</studio>", "<genre>War</genre>")), "keep"
    ),
    "slash with spaces": Oddity(_b(nfo("<genre>Action / Drama</genre>")), "keep"),
    "slash": Oddity(_b(nfo("<genre>Action/Drama</genre>")), "keep"),
    "comma": Oddity(_b(nfo("<genre>Action, Drama</genre>")), "keep"),
    "CDATA genre": Oddity(_b(nfo("<genre><![CDATA[Drama]]></genre>")), "keep"),
    "reference": Oddity(_b(nfo("<genre>&#68;rama</genre>")), "keep"),
    # left alone
    "locked": Oddity(_b(nfo("<lockdata>TRUE</lockdata>")), "skip", "locked"),
    "locked genres": Oddity(
        _b(nfo("<lockedfields>Name|genres</lockedfields>")), "skip", "its genres are locked"
    ),
    "DOCTYPE": Oddity(
        _b(nfo(head='<!DOCTYPE movie [<!ENTITY lol "lol">]>\n', root="movie")), "skip", "DOCTYPE"
    ),
    "two roots": Oddity(_b(PLAIN + nfo(head="")), "skip", "more than one root"),
    "movies": Oddity(_b(f"<movies>{nfo(head='')}</movies>"), "skip", "several films"),
    "episode": Oddity(_b(nfo(root="episodedetails")), "skip", "<episodedetails>"),
    "links only": Oddity(b"https://www.imdb.com/title/tt0083658/\n", "skip", "links only"),
    "no XML": Oddity("░▒▓ Salt.1999-GRP ▓▒░\n".encode("cp437"), "skip", "no XML"),
    "empty": Oddity(b"", "skip", "is empty"),
    "blank": Oddity(b"\r\n  \n", "skip", "is empty"),
    "empty root": Oddity(b"<movie/>", "skip", "holds nothing but"),
    "truncated": Oddity(_b(PLAIN)[:-30], "skip", "ends before"),
    "truncated tag": Oddity(_b(PLAIN)[:-9] + b"<gen", "skip", "ends before"),
    "crossed tags": Oddity(_b(nfo("<a><b></a></b>")), "skip", "not well-formed"),
    "stray <": Oddity(_b(nfo("<studio>I < you</studio>")), "skip", "not well-formed"),
    "element in genre": Oddity(
        _b(nfo("<genre><name>War</name></genre>")), "skip", "another element"
    ),
}
