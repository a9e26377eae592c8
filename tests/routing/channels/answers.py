"""An answer to the sample page, as the router tells it to channels that can pass it on."""

from typing import Any

from routing.channels.closing import Alert, Answered
from tests.routing.channels.pages import NOW, make_page


def make_answered(**changes: Any) -> Answered:
    """The sample page's department answered when it came; ``changes`` are fields of the answer."""
    page = make_page()
    values: dict[str, Any] = {
        "incident": page.incident,
        "incident_label": page.incident_label,
        "cycle": page.cycle,
        "department": page.department,
        "alerts": (Alert(page.severity, page.round),),
        "by": "Juridique de garde",
        "at": NOW,
    }
    return Answered(**{**values, **changes})
