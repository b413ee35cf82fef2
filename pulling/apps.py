from django.apps import AppConfig


class PullingConfig(AppConfig):
    name = "pulling"
    verbose_name = "定时取数"
