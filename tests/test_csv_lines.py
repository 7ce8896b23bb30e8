import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from posterplot.csv_lines import LineFeeds


@given(st.lists(st.lists(st.text(st.sampled_from('a,"\r\n é')), min_size=1)))
def test_any_field_is_read_as_it_was_written(rows):
    stream = io.StringIO(newline="")
    csv.writer(LineFeeds(stream)).writerows(rows)
    stream.seek(0)
    assert list(csv.reader(stream, strict=True)) == rows


def test_rows_end_with_a_line_feed():
    stream = io.StringIO(newline="")
    csv.writer(LineFeeds(stream)).writerows([["a", "b\rc"], ["d\r\n", ""]])
    assert stream.getvalue() == 'a,"b\rc"\n"d\r\n",\n'
