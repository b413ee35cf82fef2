"""Why a write of the plan's work was refused, in plain words."""


class Refused(ValueError):
    """`status`: the HTTP answer that says the same."""

    status = 400

    def __init__(self, words: str):
        super().__init__(words)
        self.words = words


class NotAllowed(Refused):
    status = 403


class Stale(Refused):
    """Somebody else saved in between."""

    status = 409
