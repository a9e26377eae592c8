"""Brand names taken out before tone is judged."""

import pytest

from monitor.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Best Buy is best", "item is best"),
        ("BEST-BUY’s #BestBuy @bestbuy", "item’s #item item"),
        ("https://best.example/buy", "https://best.example/buy"),
        ("nothing here", "nothing here"),
    ],
)
def test_a_name_is_masked_in_every_guise(text: str, masked: str) -> None:
    assert mask(text, ("Best Buy", "@bestbuy")) == masked


def test_names_without_words_are_passed_over() -> None:
    assert mask("oh !", ("!", "*", "", "@")) == "oh !"
