"""Lights where a thing is looked at: on the page of a project, on the lines of a promise."""

from django import template
from django.utils import timezone

from commitments.progress import PromiseProgress
from matters.schedule_lights import MOODS, NAMES, Limits, limits_in_force, project_lags, promise_lag
from projects.models import Project

register = template.Library()


@register.simple_tag
def light_limits() -> Limits:
    """The rule in force, once for a page."""
    return limits_in_force()[0]


@register.inclusion_tag("matters/_thing_light.html")
def project_light(project: Project, limits: Limits):
    """The light of a project under way, with how far it lags; none for one that is over or tells nothing."""
    lags = project_lags(Project.objects.filter(pk=project.pk), timezone.localdate())
    lag = lags.get(project.pk)
    return _shown(limits.light(lag), lag)


@register.inclusion_tag("matters/_thing_light.html")
def promise_light(progress: PromiseProgress, limits: Limits):
    """The light of one line of a promise."""
    lag = promise_lag(progress)
    return _shown(limits.light(lag, is_over=progress.is_broken), lag)


def _shown(light: str, lag: float | None) -> dict:
    return {"light": light, "name": NAMES[light], "mood": MOODS[light], "lag": lag}
