"""Messages that were reported to Microsoft as wrongly judged (emailThreatSubmission)."""

from typing import Literal

from pydantic import AwareDatetime

from sandbox.tenant.part import Part

SubmissionCategory = Literal["notJunk", "spam", "phishing", "malware"]


class Submission(Part):
    """One report of one message in one mailbox."""

    id: str
    created: AwareDatetime
    category: SubmissionCategory
    recipient: str
    by: str = ""
    found: bool = True
    internet_message_id: str = ""
    subject: str = ""
    sender: str = ""
    sender_ip: str = ""
    received: AwareDatetime | None = None
