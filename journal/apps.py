from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "journal"
    verbose_name = "变更和日志"
