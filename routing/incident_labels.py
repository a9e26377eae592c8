"""The short names that people say: T-42 for an incident, C-3 for a canary, whose numbers are negative."""


def label_of(number: int) -> str:
    """The label of an incident's number."""
    return f"T-{number}" if number > 0 else f"C-{-number}"
