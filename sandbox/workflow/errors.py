"""What can go wrong in a workflow, by when it is found out."""


class DefinitionError(ValueError):
    """A template or a workflow definition that cannot be deployed or read."""


class ExpressionSyntaxError(DefinitionError):
    """An expression that cannot be parsed."""


class ExpressionError(Exception):
    """An expression that failed while it was evaluated; the action that holds it fails."""


class NotSupportedError(Exception):
    """A documented feature that this runner does not have, named so that nobody guesses."""
