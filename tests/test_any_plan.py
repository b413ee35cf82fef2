"""Nothing outside fixtures/ speaks of one city's plan: its places, owner, sources, promises and numbers."""

import re

from django.conf import settings

from county_urbanization.rooms import ROOMS

OF_ONE_PLAN = re.compile(r"[三3]县|桐庐|淳安|建德|杭州|特别生态|HZDRC|HZ-|150 ?个|15 ?亿|\bF[1-4]\b.{0,3}\bF[1-4]\b")


def files():
    for room in (*ROOMS, "templates"):
        folder = settings.BASE_DIR / room
        for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
            name = str(file.relative_to(settings.BASE_DIR))
            if "/migrations/" not in name and not name.startswith("seeding/demo") and name != "seeding/scale_money.py":
                yield name, file.read_text(encoding="utf-8")


def test_no_code_or_template_speaks_of_one_plan():
    found = {name for name, text in files() if OF_ONE_PLAN.search(text)}
    assert found == set()
