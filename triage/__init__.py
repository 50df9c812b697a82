"""Judgement on an alert: evidence in; findings, verdict, answers, plan and comment out. Pure."""
