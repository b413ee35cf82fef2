"""The closed list of why an action refuses, in words that say what to do."""


class Refused(Exception):
    """`status` is the HTTP status of the API's answer; the text is for people."""

    status = 400

    def __init__(self, words: str, **details: object):
        super().__init__(words)
        self.words, self.details = words, details


class Invalid(Refused):
    """What was sent cannot be taken as it is: a reason is missing, a number does not parse."""


class NotAllowed(Refused):
    """The role, or whose row it is, forbids it."""

    status = 403


class WrongState(Refused):
    """The state forbids it; the words name the state and who may act."""

    status = 409


class Conflict(Refused):
    """Somebody else saved meanwhile: `details["conflicts"]` has both values of each entry."""

    status = 409
