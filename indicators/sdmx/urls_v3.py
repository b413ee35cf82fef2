from django.urls import re_path

from indicators.sdmx.api import AvailabilityView3, DataView3, StructureView3

urlpatterns = [
    re_path(r"^data(?:/(?P<path>.*))?$", DataView3.as_view(), name="sdmx3_data"),
    re_path(r"^availability(?:/(?P<path>.*))?$", AvailabilityView3.as_view(), name="sdmx3_availability"),
    re_path(r"^structure(?:/(?P<path>.*))?$", StructureView3.as_view(), name="sdmx3_structure"),
]
