"""What a page offers besides its link: the values that its channels put on buttons, into codes and addresses. Pure."""

from typing import Any

from monitor.records import Department
from routing.inbound.tokens import Bound, mail_token, signed, sms_codes
from routing.inbound_settings import InboundSettings
from routing.links import LinkSigner
from routing.page import WaysToAnswer


def ways_to_answer(
    row: Any,
    cycle: int,
    department: Department,
    settings: InboundSettings,
    signer: LinkSigner,
    *,
    shared: bool,
) -> WaysToAnswer:
    """The ways that are configured. Who is only informed has nothing to answer.

    ``shared``: several people read it, so it offers only what tells them apart, which Slack does.
    """
    person = row.person
    bound, expires = Bound(row.incident, cycle, department, person), signer.expires()
    hooks = f"{settings.public_url}/hooks/twilio"
    ways: dict[str, str] = {}
    if settings.twilio:
        attempt = Bound(row.incident, cycle, department, f"{row.id}/{row.target_number}")
        ways["status_url"] = f"{hooks}/status/{signed(signer, 'status', attempt, expires)}"
    if row.transition == "informed":
        return WaysToAnswer(**ways)
    if settings.slack:
        message = Bound(row.incident, cycle, department, row.id)
        ways["slack"] = signed(signer, "slack", message, expires)
    if settings.twilio and not shared:
        ways["sms_code"] = sms_codes(signer, person, row.incident, cycle)[0]
        ways["voice_url"] = f"{hooks}/voice/{signed(signer, 'voice', bound, expires)}"
    if settings.email and not shared:
        local, _, domain = settings.email.address.partition("@")
        ways["email"] = f"{local}+ack.{mail_token(signer, bound, expires)}@{domain}"
    return WaysToAnswer(**ways)
