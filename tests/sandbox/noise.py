"""Generated audit records of an organisation's ordinary weeks, to put recorded ones among."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

Record = dict[str, object]

_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/89.0.4389.114 Safari/537.36"
)
_OUTLOOK = "00000002-0000-0ff1-ce00-000000000000"
_PORTAL = "4345a7b9-9a63-4910-a426-35363201d503"


@dataclass(frozen=True)
class _Person:
    upn: str
    id: str
    address: str


class Noise:
    """What `users` people of an organisation do in a time; the same each time for one `seed`."""

    def __init__(
        self,
        organization: str,
        domain: str,
        since: datetime,
        until: datetime,
        *,
        users: int = 300,
        seed: int = 7,
    ) -> None:
        self._organization = organization
        self._domain = domain
        self._since = since
        self._span = (until - since).total_seconds()
        self._random = random.Random(seed)  # noqa: S311 - no secret is made of it
        self._people = [
            _Person(f"worker{n:03}@{domain}", self._id(), f"198.51.{100 + n % 100}.{1 + n % 250}")
            for n in range(users)
        ]
        self._kinds: tuple[Callable[[_Person], Record], ...] = (
            self._sign_in,
            self._mail_read,
            self._mail_sent,
            self._file_opened,
        )

    def records(self, count: int) -> Iterator[Record]:
        """This many, in no order: sign-ins, mail read, mail sent, files opened."""
        for _ in range(count):
            (kind,) = self._random.choices(self._kinds, (45, 30, 5, 20))
            yield kind(self._random.choice(self._people))

    def _sign_in(self, who: _Person) -> Record:
        failed = self._random.random() < 0.03
        return self._record(
            who,
            "UserLoginFailed" if failed else "UserLoggedIn",
            15,
            "AzureActiveDirectory",
            ResultStatus="Failed" if failed else "Success",
            UserKey=who.id,
            ClientIP=who.address,
            ActorIpAddress=who.address,
            ObjectId=_OUTLOOK,
            ApplicationId=_PORTAL,
            ErrorNumber="50126" if failed else "0",
            ExtendedProperties=_pairs(
                ResultStatusDetail="Success",
                UserAgent=_BROWSER,
                UserAuthenticationMethod="1",
                RequestType=self._random.choice(("Login:login", "OAuth2:Authorize")),
            ),
            DeviceProperties=_pairs(OS="Windows 10", BrowserType="Chrome", SessionId=self._id()),
            ModifiedProperties=[],
            Actor=[{"ID": who.id, "Type": 0}, {"ID": who.upn, "Type": 5}],
            ActorContextId=self._organization,
            InterSystemsId=self._id(),
            IntraSystemId=self._id(),
            Target=[{"ID": _OUTLOOK, "Type": 0}],
            TargetContextId=self._organization,
        )

    def _mail_read(self, who: _Person) -> Record:
        messages = [
            {"InternetMessageId": f"<{self._id()}{self._id()}@mail.example>"}
            for _ in range(self._random.randint(1, 12))
        ]
        return self._mail(
            who,
            "MailItemsAccessed",
            50,
            OperationProperties=_pairs(MailAccessType="Bind", IsThrottled="False"),
            Folders=[{"FolderItems": messages, "Id": self._id(), "Path": "\\Inbox"}],
            OperationCount=len(messages),
        )

    def _mail_sent(self, who: _Person) -> Record:
        subject = f"Minutes of meeting {self._random.randint(1, 999)}"
        item = {"Id": "Unknown", "InternetMessageId": f"<{self._id()}@{self._domain}>"}
        return self._mail(who, "Send", 2, Item={**item, "Subject": subject})

    def _mail(self, who: _Person, operation: str, record_type: int, **fields: object) -> Record:
        return self._record(
            who,
            operation,
            record_type,
            "Exchange",
            ResultStatus="Succeeded",
            AppId=_OUTLOOK,
            ClientIPAddress=who.address,
            ClientInfoString=f"Client=OWA;{_BROWSER};",
            LogonType=0,
            ExternalAccess=False,
            MailboxGuid=who.id,
            MailboxOwnerUPN=who.upn,
            OrganizationName=self._domain,
            SessionId=self._id(),
            **fields,
        )

    def _file_opened(self, who: _Person) -> Record:
        name = f"Report {self._random.randint(1, 9999)}.docx"
        site = f"https://{self._domain.partition('.')[0]}.sharepoint.com/sites/Projects/"
        return self._record(
            who,
            "FileAccessed",
            6,
            "SharePoint",
            ClientIP=who.address,
            ObjectId=f"{site}Shared Documents/{name}",
            CorrelationId=self._id(),
            EventSource="SharePoint",
            ItemType="File",
            ListItemUniqueId=self._id(),
            SiteUrl=site,
            SourceFileName=name,
            SourceRelativeUrl="Shared Documents",
            UserAgent=_BROWSER,
        )

    def _record(
        self, who: _Person, operation: str, record_type: int, workload: str, **fields: object
    ) -> Record:
        at = self._since + timedelta(seconds=int(self._random.random() * self._span))
        return {
            "CreationTime": at.strftime("%Y-%m-%dT%H:%M:%S"),
            "Id": self._id(),
            "Operation": operation,
            "OrganizationId": self._organization,
            "RecordType": record_type,
            "UserType": 0,
            "Version": 1,
            "Workload": workload,
            "UserId": who.upn,
            **fields,
        }

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128)))


def write_among_noise(recorded: Path, path: Path, events: int = 100_000, days: int = 27) -> None:
    """Write JSON lines: the recorded ones among so much noise that there are `events` in all.

    The noise fills the `days` that end with the newest recorded event.
    """
    real = recorded.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in real]
    until = max(datetime.fromisoformat(each["CreationTime"]) for each in records)
    until = until.replace(tzinfo=UTC)
    domain = next(each["OrganizationName"] for each in records if "OrganizationName" in each)
    noise = Noise(records[0]["OrganizationId"], domain, until - timedelta(days=days), until)
    every = max(1, (events - len(real)) // len(real))
    with path.open("w", encoding="utf-8") as file:
        for number, record in enumerate(noise.records(events - len(real))):
            file.write(json.dumps(record) + "\n")
            if number % every == 0 and real:
                file.write(real.pop() + "\n")
        file.writelines(line + "\n" for line in real)


def _pairs(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]
