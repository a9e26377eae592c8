"""Who hears at the start of a shift that they are on call."""

from typing import Literal

# "unproven" is what holds unless written: whoever was paged in the last 30 days is left in peace, and a channel that
# nobody has tried is tried by a message at the start of the shift, not by the first critical page.
ShiftNotice = Literal["never", "unproven", "always"]
