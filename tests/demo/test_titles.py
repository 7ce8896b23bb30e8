from random import Random

from posterplot.demo.genre_tables import sample_genres
from posterplot.demo.titles import write_title, write_words


def test_titles_are_short_and_rarely_repeated() -> None:
    titles = [write_title(sample_genres(Random(n)), Random(n)) for n in range(1000)]
    assert len(set(titles)) > 750
    assert all(0 < len(title) < 50 and "{" not in title for title in titles)


def test_the_credits_name_people() -> None:
    words = write_words("Nine", Random(1))
    assert words.title == "Nine"
    assert len(words.credits) == 2
    assert all(line == line.upper() for line in words.credits)
