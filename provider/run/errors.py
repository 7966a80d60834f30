"""What keeps the platform from starting, in words for the person who typed the command."""


class StartError(Exception):
    """Why it cannot start (or go on), and what to do: one plain sentence, shown as it is."""


class VariableError(StartError):
    """A variable whose value cannot be used; the sentence names it."""
