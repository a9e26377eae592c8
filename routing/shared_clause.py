"""The clause as anybody may see it: whatever is built of it has lost the note that legal wrote for itself."""

from typing import Annotated

from pydantic import AfterValidator

from monitor.records import AgreedClause


def without_legal_note(clause: AgreedClause) -> AgreedClause:
    """The clause as anybody may see it."""
    return clause if clause.legal_note is None else clause.model_copy(update={"legal_note": None})


SharedClause = Annotated[AgreedClause, AfterValidator(without_legal_note)]
