"""What the checks cost a sheet: `python -m benchmarks.sheet`, on a database that holds the demonstration and nothing
else, which is changed (earlier years are added, so that the checks have a history to look at). Prints one JSON object:
medians in ms with and without the checks, and their ratios."""

import argparse
import json
import os
import sys
from importlib import import_module

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    django.setup()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40, help="how often each is asked for")
    asked = parser.parse_args()
    checks = import_module("benchmarks.sheet_checks")  # models are read once the settings stand
    told = {"earlier_values": checks.add_history(), **checks.measure(asked.times)}
    json.dump(told, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
