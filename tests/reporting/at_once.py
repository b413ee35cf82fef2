"""Many people in one process, each with a thread and a connection of their own, on the database of DATABASE_URL:

python -m tests.reporting.at_once prepare | different | same | approve | approve_once

Prints what each of them met as one JSON document."""

import json
import sys
from datetime import date
from decimal import Decimal

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django is set up only now)

from accounts.models import Organisation, User  # noqa: E402
from areas.models import Area  # noqa: E402
from indicators.recomputes.recompute import sweep_pending  # noqa: E402
from lib.refusals import Conflict, Refused  # noqa: E402
from reporting.actions import change_state, hand_over  # noqa: E402
from reporting.entries.saving import Typed, save_entries  # noqa: E402
from reporting.models import Submission  # noqa: E402
from reporting.rounds.actions import open_round  # noqa: E402
from seeding.plan_files.loading import load_plan  # noqa: E402
from tests.threads import all_at_once  # noqa: E402

SAVES, TURNS, REVIEWERS = 5, 10, 4
WORDS = "演练用数，说明从略"


def sheet() -> Submission:
    return Submission.objects.get(area="330127", round__year=2024)


def prepare() -> list:
    """The round of 2024 is open; each unit of Chun'an has a person, the city a reviewer."""
    load_plan(settings.PLAN_FILE)
    open_round(year=2024, due_on=date(2025, 3, 31), areas=Area.objects.counties(), by=None)
    for unit in Organisation.objects.filter(area="330127").exclude(kind="department"):
        User.objects.create(username=unit.code, role=unit.kind, organisation=unit)
    User.objects.create(username="municipal", role="municipal", organisation=Organisation.objects.get(code="HZDRC"))
    sweep_pending()
    return []


def different() -> list:
    """A clerk for each of the sheet's cells saves it SAVES times, each time over the version last seen."""

    def clerk(entry, user):
        def work():
            for version in range(SAVES):
                typed = Typed(entry.indicator_id, Decimal(version + 1), WORDS, version)
                save_entries(submission=entry.submission, typed=[typed], by=user)
            return "saved"

        return work

    entries = sheet().entries.select_related("submission", "part__organisation")
    users = {user.organisation_id: user for user in User.objects.all()}
    return all_at_once([clerk(entry, users[entry.part.organisation_id]) for entry in entries])


def same() -> list:
    """Two clerks of one unit save P02 over the same version, TURNS times."""
    submission, user = sheet(), User.objects.get(username="330127-housing")

    def clerk(value, version):
        def work():
            try:
                save_entries(submission=submission, typed=[Typed("P02", value, WORDS, version)], by=user)
            except Conflict as refusal:
                (both,) = refusal.details["conflicts"]
                return {"yours": str(both["yours"]), "theirs": f"{both['theirs']:.1f}", "version": both["version"]}
            return f"saved {value}"

        return work

    turns = []
    for turn in range(TURNS):
        version = submission.entries.get(indicator="P02").version
        values = (Decimal(f"{90 + turn}.1"), Decimal(f"{90 + turn}.2"))
        turns.append([version, all_at_once([clerk(value, version) for value in values])])
    return turns


def submit() -> list:
    """Every part handed over, the sheet submitted."""
    submission = sheet()
    for part in submission.parts.select_related("organisation"):
        user = User.objects.get(organisation=part.organisation)
        codes = part.entries.values_list("indicator", flat=True)
        save_entries(submission=submission, typed=[Typed(code, Decimal(1), WORDS) for code in codes], by=user)
        hand_over(part=part, by=user)
    change_state(submission=submission, action="submit", by=User.objects.get(username="330127-DRC"))
    return []


def approve() -> list:
    """REVIEWERS press the button at one moment."""
    submission, user = sheet(), User.objects.get(username="municipal")

    def reviewer():
        return change_state(submission=submission, action="approve", by=user).pk

    return all_at_once([reviewer] * REVIEWERS)


def approve_once() -> list:
    try:
        return [change_state(submission=sheet(), action="approve", by=User.objects.get(username="municipal")).pk]
    except Refused as refusal:
        return [refusal.words]


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](), ensure_ascii=False))  # noqa: T201  (what it is for)
