"""What an analyst can read off every hunt before running it."""

from datetime import timedelta

import pytest

from microsoft365.kql import Hunt, hunts
from sandbox.tenant.hunting import table_columns

ALL = sorted(hunts().values(), key=lambda hunt: hunt.name)


def test_the_questions_of_the_forwarding_playbook_are_there_and_those_about_applications() -> None:
    assert [hunt.name for hunt in ALL] == [
        "account_changes",
        "address_alerts",
        "admin_roles",
        "app_consents",
        "app_mail_access",
        "auto_forwarded_messages",
        "device_alerts",
        "forwarded_mail_by_day",
        "forwarded_mail_count",
        "forwarding_changes",
        "mail_access",
        "mailbox_activity",
        "message",
        "message_attachments",
        "message_events",
        "message_handling",
        "message_urls",
        "new_users_forwarding",
        "powers_over_mail",
        "refused_forwarding",
        "same_addresses",
        "sensitive_mail_sent",
        "sent_mail_threats",
        "sign_in_anomalies",
        "similar_messages",
        "url_clicks",
        "who_forwarded_to",
        "who_set_forwarding_to",
    ]


@pytest.mark.parametrize("hunt", ALL, ids=lambda hunt: hunt.name)
def test_header_says_what_the_hunt_answers_from_which_tables_and_how_late(hunt: Hunt) -> None:
    assert hunt.answers.endswith("?")
    assert hunt.source
    assert hunt.lag_basis
    assert timedelta(0) < hunt.lag < timedelta(days=1)
    assert hunt.tables
    assert set(hunt.tables) <= set(table_columns())
    assert all(table in hunt.body for table in hunt.tables)


@pytest.mark.parametrize("hunt", ALL, ids=lambda hunt: hunt.name)
def test_every_parameter_has_a_meaning_and_is_used(hunt: Hunt) -> None:
    assert hunt.parameters
    for parameter in hunt.parameters:
        assert parameter.meaning
        assert parameter.name in hunt.body
    assert set(hunt.one_of) <= {parameter.name for parameter in hunt.parameters}


@pytest.mark.parametrize("hunt", ALL, ids=lambda hunt: hunt.name)
def test_newest_rows_come_first_so_that_the_row_limit_cuts_the_oldest(hunt: Hunt) -> None:
    last = hunt.body.splitlines()[-1]
    assert last.startswith("| order by ")
    assert last.split()[3] in ("Timestamp", "LastSeen", "Period")
    assert last.split()[4].startswith("desc")


@pytest.mark.parametrize("hunt", ALL, ids=lambda hunt: hunt.name)
def test_time_span_is_left_to_the_caller(hunt: Hunt) -> None:
    assert "where Timestamp" not in hunt.body
