"""Everything that sign-ins and risk show of an account: together they make it quiet or not."""

from triage.findings import (
    app_sign_ins,
    habits,
    passwords,
    risk,
    second_factor,
    sign_in_ways,
    sign_ins,
    spray,
    travel,
)

FINDINGS = (
    *sign_ins.FINDINGS,
    *sign_in_ways.FINDINGS,
    *habits.FINDINGS,
    *travel.FINDINGS,
    *app_sign_ins.FINDINGS,
    *passwords.FINDINGS,
    *spray.FINDINGS,
    *second_factor.FINDINGS,
    *risk.FINDINGS,
)
