"""Who it is that answers: ids of other services, phone numbers and mailboxes as people of the directory. Pure."""

from routing.channels.email import EmailTarget
from routing.channels.twilio_api import TwilioTarget
from routing.person_settings import PersonSettings
from routing.settings import RoutingSettings


def by_slack(settings: RoutingSettings, user: str) -> PersonSettings | None:
    """The person with this Slack member id."""
    return next((one for one in settings.people if user and one.identities.slack == user), None)


def by_pagerduty(settings: RoutingSettings, user: str) -> PersonSettings | None:
    """The person with this PagerDuty user id."""
    return next((one for one in settings.people if user and one.identities.pagerduty == user), None)


def by_phone(settings: RoutingSettings, number: str) -> tuple[PersonSettings, ...]:
    """Everybody who answers from this number; a phone that is handed on may have several."""
    return tuple(one for one in settings.people if number and number in phones_of(one))


def phones_of(person: PersonSettings) -> frozenset[str]:
    """The numbers of a person: of the text messages and calls, and the one named."""
    targets = [target.to for target in person.targets if isinstance(target, TwilioTarget)]
    return frozenset(filter(None, [person.identities.phone, *targets]))


def mailboxes_of(person: PersonSettings) -> frozenset[str]:
    """The addresses of a person, in lower case."""
    targets = [_spec(target.to) for target in person.targets if isinstance(target, EmailTarget)]
    return frozenset(one.lower() for one in (person.identities.email, *targets) if one)


def _spec(address: str) -> str:
    return address.rpartition("<")[2].removesuffix(">").strip()
