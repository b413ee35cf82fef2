from django.contrib.admin import apps


class OfficeConfig(apps.AdminConfig):
    """Django's back office with a site of ours."""

    default = False
    default_site = "access.office.OfficeSite"
