"""Labelled cases put to the verdict: how often it is right, beside rules in public use."""
