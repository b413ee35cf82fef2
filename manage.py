#!/usr/bin/env python
import gc
import os
import sys

import django
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    # As in the site's own processes: what is loaded stays, and a collection while it loads finds nothing to free.
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)
    execute_from_command_line(sys.argv)
