from importlib import import_module

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "identity"
    verbose_name = "身份鉴别"

    def ready(self) -> None:
        import_module("identity.preferences")  # hears of every login
