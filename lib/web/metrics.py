"""What is counted while the site works, for Prometheus. Several processes share one directory, named by
PROMETHEUS_MULTIPROC_DIR before they start; one process keeps its counts in memory."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Task
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
disable_created_metrics()
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
requests_total = Counter("site_requests_total", "Answers by page, method and status", ["view", "method", "status"])
request_seconds = Histogram("site_request_seconds", "Seconds to an answer, by page", ["view"], buckets=SECONDS)
tasks_total = Counter("site_tasks_total", "Background tasks by name and outcome", ["task", "outcome"])
task_seconds = Histogram("site_task_seconds", "Seconds of a background task", ["task"], buckets=SECONDS)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MeasureMiddleware:
    """Counts each answer under the name of its page, so that addresses made up by callers add no series."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        requests_total.labels(view, method, response.status_code).inc()
        request_seconds.labels(view).observe(time.perf_counter() - started)
        return response


@contextmanager
def measured_task(name: str) -> Iterator[None]:
    """Counts and times what runs inside, done or failed."""
    started, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        tasks_total.labels(name, outcome).inc()
        task_seconds.labels(name).observe(time.perf_counter() - started)


class MeasuredTask(Task):
    """Every task of ours, counted and timed."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with measured_task(self.name):
            return super().__call__(*args, **kwargs)


def counted() -> bytes:
    """Everything counted so far, of all processes, in Prometheus' text format."""
    if VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


def forget_the_gone(directory: Path) -> None:
    """Remove what processes counted that are no more; Prometheus knows how to go on from nought."""
    for file in directory.glob("*.db"):
        found = re.search(r"_(\d+)\.db$", file.name)
        if found and not is_alive(int(found[1])):
            file.unlink(missing_ok=True)


def is_alive(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(process, 0)  # asks, and does nothing else
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
