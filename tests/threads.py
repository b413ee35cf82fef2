"""Several jobs begun at one moment, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection


def all_at_once(jobs: Sequence[Callable[[], object]]) -> list:
    """The jobs, begun at one moment; what each returned, or the words of what it met."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        try:
            connection.ensure_connection()
            gate.wait(30)
            results[place] = job()
        except Exception as error:
            results[place] = f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
