"""Lines of posts: bounded, one by one, blank ones passed over."""

import io

from deploy.cli.input_lines import MAX_LINE, BadLine, InputLine, lines_of, mention_of_text, read_input
from tests.monitor.posts import NOW


def test_a_line_that_is_too_long_is_one_line_and_the_next_is_whole() -> None:
    stream = io.BytesIO(b"a" * (3 * MAX_LINE) + b"\nnext\nlast")
    first, *others = lines_of(stream)
    assert len(first) == MAX_LINE + 1
    assert others == [b"next\n", b"last"]


def test_a_line_of_exactly_the_limit_is_whole() -> None:
    assert list(lines_of(io.BytesIO(b"a" * MAX_LINE + b"\nb"))) == [b"a" * MAX_LINE + b"\n", b"b"]


def test_numbers_count_blank_lines_and_lines_keep_their_bytes() -> None:
    good, bad = read_input([b"  Oui \r\n", b"\n", b" \n", b'{"text": 1}\n'], NOW)
    assert isinstance(good, InputLine)
    assert (good.number, good.raw, good.mention.text) == (1, b"  Oui ", "  Oui ")
    assert isinstance(bad, BadLine)
    assert str(bad).startswith("line 4: text: ")


def test_a_byte_order_mark_is_no_part_of_the_first_post() -> None:
    (line,) = read_input([b"\xef\xbb\xbfOui\n"], NOW)
    assert isinstance(line, InputLine)
    assert line.mention.text == "Oui"


def test_what_a_short_object_leaves_out_is_unknown_or_now() -> None:
    mention = mention_of_text("Oui", NOW, number=4)
    assert (mention.id, mention.created_at, mention.author.followers) == ("stdin:4", NOW, None)
