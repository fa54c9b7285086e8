"""The errors a user can mend; the command line turns each into one sentence and an exit code."""


class UsageError(Exception):
    """A wrong option, file, URL or id: one sentence that names it. Exit code 2."""
