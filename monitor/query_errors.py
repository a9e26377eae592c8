"""The one error of brand queries: where, what, what was expected, and the mend."""


class QueryError(ValueError):
    """A brand query cannot be read. ``line`` and ``column`` are 1-based and count code points."""

    def __init__(
        self, text: str, offset: int, problem: str, *, expected: str = "", mend: str = "", name: str = "query"
    ) -> None:
        self.name = name
        self.line = text.count("\n", 0, offset) + 1
        self.column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        self.problem = problem
        self.expected = expected
        self.mend = mend
        wanted = f"; expected {expected}" if expected else ""
        how = f" ({mend})" if mend else ""
        super().__init__(f"{name}:{self.line}:{self.column}: {problem}{wanted}{how}")
