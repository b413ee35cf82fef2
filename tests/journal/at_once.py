"""Many writers of official facts and one reader of the feed, at the same moment, each with a connection of its own, on
the database of DATABASE_URL:

python -m tests.journal.at_once

Prints what the reader, who began before them and never looked back, holds at the end beside what the lists hold."""

import json
import logging
import random
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import django

django.setup()

from django.conf import settings  # noqa: E402  (Django is set up only now)
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from access.actions import create_token  # noqa: E402
from accounts.models import Organisation, User  # noqa: E402
from indicators.actions import FactRow, Grounds, record_facts  # noqa: E402
from indicators.models import Observation, Standard, Target, Versioned  # noqa: E402
from reporting.actions import change_state, hand_over  # noqa: E402
from reporting.entries.saving import Typed, save_entries  # noqa: E402
from reporting.models import Submission  # noqa: E402
from seeding.demonstration.loading import clear_demo  # noqa: E402
from seeding.plan_files.loading import load_plan  # noqa: E402
from tests.journal.replay import Consumer, listed  # noqa: E402

logging.disable(logging.INFO)
settings.ALLOWED_HOSTS = ["testserver"]
AREAS = ("330122", "330127", "330182")
CODES = ("P01", "P02", "P03")
TURNS, PAUSE = 4, 0.1


class Undone(Exception):
    """What a writer raises to roll back on purpose."""


def importer(seed: int, model) -> Callable[[], None]:
    """New, changed and withdrawn numbers, some in a transaction that is rolled back, several series in one."""

    def work():
        dice = random.Random(seed)
        for _turn in range(TURNS):
            try:
                with transaction.atomic():
                    for each in (model, dice.choice([Target, Standard])):
                        grounds = Grounds(by=None, via=Versioned.Via.IMPORT, reason="演练")
                        record_facts(each, _rows(dice), grounds=grounds)
                    if dice.random() < 0.2:
                        raise Undone
            except Undone:
                pass

    return work


def _rows(dice) -> list[FactRow]:
    keys = {(dice.choice(AREAS), dice.choice(CODES), dice.randint(2024, 2027)) for _ in range(4)}
    values = {key: None if dice.random() < 0.3 else Decimal(dice.randint(1, 9)) for key in sorted(keys)}
    return [FactRow(*key, value) for key, value in values.items()]


def reviewer() -> None:
    """Tonglu's approved sheet, again and again: reopened, corrected, submitted, approved."""
    sheet = Submission.objects.get(area="330122", round__year=2025)
    people = {user.organisation_id: user for user in User.objects.filter(organisation__area="330122")}
    city = User.objects.get(username="municipal")
    county = User.objects.get(username="tonglu")
    for turn in range(TURNS // 2):
        until = timezone.now() + timedelta(hours=1)
        change_state(submission=sheet, action="reopen", by=city, reason="更正", until=until)
        for part in sheet.parts.all():
            entries = list(part.entries.filter(is_derived=False))
            corrected = {"P02": Decimal(90 + turn)}
            typed = [
                Typed(e.indicator_id, corrected.get(e.indicator_id, e.value), "演练用数，说明从略") for e in entries
            ]
            save_entries(submission=sheet, typed=typed, by=people[part.organisation_id])
            hand_over(part=part, by=people[part.organisation_id])
        change_state(submission=sheet, action="submit", by=county)
        change_state(submission=sheet, action="approve", by=city)


def loader() -> None:
    for _turn in range(2):
        load_plan(settings.PLAN_FILE)


def run(job, met: list) -> None:
    try:
        job()
    except Exception as error:
        met.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def together(jobs, met: list, poll: Callable[[], None]) -> None:
    threads = [threading.Thread(target=run, args=(job, met)) for job in jobs]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        poll()
        time.sleep(PAUSE)
    for thread in threads:
        thread.join()


def main() -> dict:
    _token, text = create_token(name="读者", organisation=Organisation.objects.get(code="HZ-STATS"), by=None)
    client = Client(headers={"Authorization": f"Bearer {text}"})

    def get(address):
        response = client.get(address)
        assert response.status_code == 200, response.content.decode()
        return response.json()

    consumer, met = Consumer(get), []
    importers = [importer(seed, model) for seed, model in enumerate([Observation, Target, Standard, Observation])]
    together([*importers, reviewer, loader], met, consumer.poll)
    later = [importer(seed + 10, model) for seed, model in enumerate([Observation, Target])]
    together([*later, clear_demo, loader], met, consumer.poll)
    consumer.drain()
    lists = listed(get)
    differing = [key for key in {*lists, *consumer.facts} if lists.get(key) != consumer.facts.get(key)]
    return {
        "met": met,
        "differing": differing,
        "facts": len(lists),
        "rows": len(consumer.numbers),
        "is_gapless": consumer.numbers == list(range(1, len(consumer.numbers) + 1)),
        "kinds": sorted({row["kind"] for row in get("/api/v1/changes/?page_size=1000")["results"]}),
        "has_demo": any(is_demo for _value, _version, is_demo in lists.values()),
    }


if __name__ == "__main__":
    print(json.dumps(main(), ensure_ascii=False))  # noqa: T201  (what it is for)
    sys.stdout.flush()
