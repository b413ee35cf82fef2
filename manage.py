#!/usr/bin/env python
import gc
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # As in the site's own processes: a start and a migration make much, and a collection finds little to free.
    gc.set_threshold(20_000, 20, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    execute_from_command_line(sys.argv)
