from django.apps import AppConfig


class EffortConfig(AppConfig):
    name = "effort"
    verbose_name = "最小努力"
