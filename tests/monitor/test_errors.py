import pytest

from monitor import errors as e


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (e.RateLimited, e.TransientError),
        (e.Unavailable, e.TransientError),
        (e.UndecodableRecord, e.DeadLetterError),
        (e.InvalidPayload, e.DeadLetterError),
        (e.ConfigErrors, e.RefuseToStart),
        (e.MissingDependency, e.RefuseToStart),
        (e.TooManyDeadLetters, e.StopError),
        (e.DeadLetterLost, e.StopError),
    ],
)
def test_each_error_gives_exactly_one_answer(kind: type[Exception], answer: type[Exception]) -> None:
    answers = (e.TransientError, e.DeadLetterError, e.RefuseToStart, e.StopError)
    assert [one for one in answers if issubclass(kind, one)] == [answer]
    assert issubclass(kind, e.TocsinError)


def test_a_transient_error_tells_how_long_to_wait_when_it_knows() -> None:
    assert e.RateLimited("later", after_s=30).after_s == 30
    assert e.Unavailable("down").after_s is None


def test_a_dead_letter_error_keeps_its_reason_apart_from_the_message() -> None:
    error = e.UndecodableRecord("not_json", "line 1")
    assert (error.reason, str(error)) == ("not_json", "line 1")


def test_all_problems_of_the_configuration_are_told_in_order() -> None:
    second = e.ConfigProblem("b.yaml", 2, 1, "", "unknown key")
    first = e.ConfigProblem("a.yaml", 10, 3, "brands[0].id", "is missing", "add an id")
    error = e.ConfigErrors([second, first])
    assert error.problems == (first, second)
    assert str(error) == "a.yaml:10:3: brands[0].id: is missing (add an id)\nb.yaml:2:1: unknown key"
