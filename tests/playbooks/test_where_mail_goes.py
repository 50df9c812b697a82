"""What the playbook promises about mail that takes a way which is easily overlooked."""

from sandbox.lab import Lab, play
from sandbox.outcome import Outcome
from sandbox.scenario import Scenario, load_scenario
from sandbox.tenant.mailbox import Mailbox
from tests.labs import incident_of
from tests.playbooks.plays import (
    Plays,
    findings,
    made,
    opened,
    operations,
    verdict_told,
    words,
)


def mailbox(lab: Lab, alias: str) -> Mailbox:
    return next(box for user, box in lab.state.mailboxes() if user.alias == alias)


def targets(outcome: Outcome, action: str, status: str = "done") -> list[str]:
    return [
        str(each["target"])
        for each in outcome.changes
        if (each["action"], each["status"]) == (action, status)
    ]


async def graded(scenario: Scenario) -> Outcome:
    async with opened(scenario) as lab:
        return Outcome(await play(lab, scenario.trigger()))


class TestAMailboxInAnotherLanguage:
    """Hiding is recognised by the folder and the words, in whatever language they are written."""

    async def test_mail_moved_to_the_japanese_rss_folder_counts_as_hidden(
        self, plays: Plays
    ) -> None:
        found = findings((await plays.ended("localised-rss")).outcome)
        assert "“RSS フィード”, where nobody reads it" in found["rule_hides_in_folder"]

    async def test_a_hidden_rule_that_moves_to_the_japanese_trash_counts_as_deleting(
        self, plays: Plays
    ) -> None:
        found = findings((await plays.ended("localised-rss")).outcome)
        assert found["rule_deletes"].startswith("Inbox rule “、” deletes the mail it takes")

    async def test_the_words_looked_for_are_understood(self, plays: Plays) -> None:
        found = findings((await plays.ended("localised-rss")).outcome)
        assert "振込" in found["rule_payment_words"]
        assert "フィッシング" in found["rule_security_words"]

    async def test_the_owners_own_filing_is_left_alone_and_both_hiding_rules_stay_as_evidence(
        self, plays: Plays
    ) -> None:
        lab = (await plays.ended("localised-rss", "approve")).lab
        rules = {rule.name: rule.enabled for rule in mailbox(lab, "misaki.sato").rules}
        assert (rules["。"], rules["、"], rules["展示会"]) == (False, False, True)

    async def test_where_nobody_receives_mail_no_hunt_for_receivers_is_missing(
        self, plays: Plays
    ) -> None:
        questions = (await plays.ended("localised-rss")).outcome.grade["questions"]
        assert isinstance(questions, list)
        about_receivers = {"who_else_forwards", "how_much", "how_often", "urls", "attachments"}
        known = {str(q["id"]) for q in questions if isinstance(q, dict) and q["complete"]}
        assert about_receivers <= known


class TestForwardingByTheMailboxItself:
    """No inbox rule is involved, and the owner no longer sees any mail."""

    async def test_the_owner_receives_mail_again_before_anybody_has_approved_anything(
        self, plays: Plays
    ) -> None:
        lab, run = await plays.ended("mailbox-smtp")
        assert mailbox(lab, "lucia.ferrer").forwarding_smtp_address is None
        assert run.action("Stop_at_once").start < run.action("Grade").start

    async def test_it_can_be_set_again_exactly_as_it_was(self) -> None:
        scenario = load_scenario("mailbox-smtp")
        async with opened(scenario) as lab:
            outcome = Outcome(await play(lab, scenario.trigger()))
            change = next(c for c in outcome.changes if c["action"] == "clear_mailbox_forwarding")
            undone = {
                "ledgerId": change["ledgerId"],
                "incident": incident_of(lab),
                "reason": "The owner wants it",
            }
            answer = await lab.call("undo", undone)
            box = mailbox(lab, "lucia.ferrer")
        assert answer.json()["status"] == "done", answer.text
        assert box.forwarding_smtp_address == "lferrer.compras@correo.example"
        assert box.deliver_to_mailbox_and_forward is False

    async def test_what_no_licence_shows_is_told_and_does_not_stop_the_verdict(
        self, plays: Plays
    ) -> None:
        ended = await plays.ended("mailbox-smtp")
        assert ended.outcome.verdict["classification"] == "truePositive"
        unseen = verdict_told(ended.lab).partition("Not seen")[2]
        assert "riskyUsers" in unseen
        assert "(license)" in unseen


class TestATransportRuleOfAStolenAdministrator:
    """Whose mail is copied did nothing; whoever made the rule is looked for."""

    async def test_the_administrator_is_contained_and_not_the_one_whom_the_alert_names(
        self, plays: Plays
    ) -> None:
        outcome = (await plays.ended("transport-bcc", "approve")).outcome
        for action in ("revoke_sessions", "reset_credentials"):
            [target] = targets(outcome, action)
            assert target.endswith("of tomas.novak@relecloud.com")

    async def test_an_administrators_sessions_end_only_when_a_person_approves(
        self, plays: Plays
    ) -> None:
        outcome = (await plays.ended("transport-bcc")).outcome
        assert "revoke_sessions" not in made(outcome)
        assert "disable_transport_rule" in made(outcome), "which can be taken back"

    async def test_everybody_whose_mail_was_copied_is_named(self, plays: Plays) -> None:
        summary = str((await plays.ended("transport-bcc")).outcome.verdict["summary"])
        for victim in ("henrik.dahl", "ingrid.moe", "sam.oduya"):
            assert f"{victim}@relecloud.com" in summary.partition(" goes out")[0]

    async def test_the_approved_rule_beside_it_goes_on(self, plays: Plays) -> None:
        lab = (await plays.ended("transport-bcc", "approve")).lab
        rules = {rule.name: rule.enabled for rule in lab.state.transport_rules}
        assert rules == {"Copies for the archive": True, "Compliance check 7": False}

    async def test_without_a_look_at_the_administrators_sign_ins_nobody_is_convicted(self) -> None:
        """The rule alone may be an honest one that nobody has put on the list."""
        scenario = load_scenario("transport-bcc")
        scenario.tenant.sign_ins.clear()
        outcome = await graded(scenario)
        assert outcome.verdict["classification"] == "undetermined"
        assert "disable_transport_rule" not in made(outcome)

    async def test_others_who_send_to_its_address_are_looked_for_though_no_alert_names_it(
        self,
    ) -> None:
        scenario = load_scenario("transport-bcc")
        alert = scenario.incident.alerts[0]
        alert.messages.clear()
        del alert.extended_properties["SRL"], alert.extended_properties["MTI"]
        questions = (await graded(scenario)).grade["questions"]
        assert isinstance(questions, list)
        answered = {str(q["id"]): q for q in questions if isinstance(q, dict)}
        assert answered["who_else_forwards"]["complete"]
        assert answered["how_much"]["complete"]


class TestForwardingToAContact:
    """A name of the house, behind which stands an address outside."""

    async def test_the_destination_is_told_as_the_address_outside_not_as_the_contacts_name(
        self, plays: Plays
    ) -> None:
        found = findings((await plays.ended("mail-contact")).outcome)
        assert found["destination_external"] == (
            "Mailbox forwarding sends mail to treasury.archive@adatum-archive.example "
            "(the contact Treasury Archive), outside the organisation."
        )

    async def test_who_made_the_contact_and_when_is_told(self, plays: Plays) -> None:
        told = verdict_told((await plays.ended("mail-contact")).lab)
        assert (
            "10 Nov 2026 06:58 UTC: omar.haddad@adatum.com made mail contact “Treasury Archive”, "
            "to treasury.archive@adatum-archive.example" in told
        )

    async def test_the_owner_keeps_her_sessions_and_her_password(self, plays: Plays) -> None:
        ended = await plays.ended("mail-contact", "approve")
        assert "Reset user password." not in operations(ended.lab)
        assert targets(ended.outcome, "revoke_sessions") == ["sessions of omar.haddad@adatum.com"]

    async def test_a_reset_that_microsoft_refuses_is_to_do_by_hand_with_what_has_to_be_granted(
        self, plays: Plays
    ) -> None:
        ended = await plays.ended("mail-contact", "approve")
        told = words(ended.lab.state.incidents[0].sentinel_comments[-1].message)
        by_hand = told.partition("To do by hand")[2].partition("What would change this")[0]
        assert "reset_credentials: credentials of omar.haddad@adatum.com: failed." in by_hand
        assert "Privileged Authentication Administrator" in by_hand
        assert "To do once a person approves" not in told
        credentials = ["credentials of omar.haddad@adatum.com"]
        assert targets(ended.outcome, "reset_credentials", "failed") == credentials

    async def test_a_reset_that_nobody_approved_waits_for_a_person(self, plays: Plays) -> None:
        told = verdict_told((await plays.ended("mail-contact")).lab)
        to_do = told.partition("To do once a person approves")[2].partition("Questions")[0]
        assert "reset_credentials: credentials of omar.haddad@adatum.com" in to_do

    async def test_a_contact_that_an_owner_answers_for_is_no_theft(self) -> None:
        scenario = load_scenario("mail-contact")
        scenario.tenant.users[0].mailbox = Mailbox(
            forwarding_address="Northwind treasury desk", deliver_to_mailbox_and_forward=True
        )
        scenario.tenant.hunting = {}
        scenario.approved_destinations = [
            each.model_copy(update={"destination": "desk@northwind.example"})
            for each in load_scenario("approved-partner").approved_destinations
        ]
        scenario.approved_destinations[0].scope = "greta.lindholm@adatum.com"
        scenario.incident.alerts[0].extended_properties["SRL"] = "desk@northwind.example"
        scenario.incident.alerts[0].messages.clear()
        outcome = await graded(scenario)
        assert outcome.verdict["classification"] == "informationalExpectedActivity"
        assert "clear_mailbox_forwarding" not in made(outcome)


class TestForwardingToAGroupWithAGuest:
    """Mail to a team leaves by way of the team."""

    async def test_the_guest_is_named_with_the_group_through_which_she_gets_the_mail(
        self, plays: Plays
    ) -> None:
        found = findings((await plays.ended("group-guest", "approve")).outcome)
        assert found["destination_external"] == (
            "Inbox rule “Nordlicht” sends mail to kim.berg@studio-berg.example "
            "(member of Projekt Nordlicht), outside the organisation."
        )

    async def test_it_is_stopped_at_once_and_left_to_a_person_to_judge(self, plays: Plays) -> None:
        ended = await plays.ended("group-guest", "approve")
        lab, outcome, told = ended.lab, ended.outcome, verdict_told(ended.lab)
        rules = {rule.name: rule.enabled for rule in mailbox(lab, "jonas.weber").rules}
        assert lab.state.incidents[0].status == "active"
        stopped = next(c for c in outcome.changes if c["action"] == "disable_inbox_rule")
        assert f"done. To take it back: undo with ledgerId {stopped['ledgerId']}." in told
        assert rules["Nordlicht"] is False
        assert rules["Besprechungen"] is True
        assert outcome.verdict["classification"] == "undetermined"

    async def test_without_the_guest_the_same_rule_stays_as_it_is(self) -> None:
        scenario = load_scenario("group-guest")
        scenario.tenant.groups[0].members.pop()
        outcome = await graded(scenario)
        assert "disable_inbox_rule" not in made(outcome)
        assert "destination_internal" in findings(outcome)

    async def test_a_group_whose_members_cannot_be_listed_is_never_taken_for_internal(
        self,
    ) -> None:
        scenario = load_scenario("group-guest")
        scenario.tenant.application.cmdlets = [
            "Get-InboxRule",
            "Get-Mailbox",
            "Get-Recipient",
            "Get-TransportRule",
        ]
        outcome = await graded(scenario)
        assert outcome.verdict["classification"] == "undetermined"
        assert "destination_unresolved" in findings(outcome)
        assert "destination_internal" not in findings(outcome)
