from django.urls import re_path

from indicators.sdmx.api import (
    AvailabilityView,
    AvailabilityView3,
    DataView,
    DataView3,
    StructureView,
    StructureView3,
)

urlpatterns = [
    re_path(r"^data(?:/(?P<path>.*))?$", DataView.as_view(), name="sdmx_data"),
    re_path(r"^availableconstraint(?:/(?P<path>.*))?$", AvailabilityView.as_view(), name="sdmx_availability"),
    re_path(r"^(?P<resource>\w+)(?:/(?P<path>.*))?$", StructureView.as_view(), name="sdmx_structure"),
]

urlpatterns_v3 = [
    re_path(r"^data(?:/(?P<path>.*))?$", DataView3.as_view(), name="sdmx3_data"),
    re_path(r"^availability(?:/(?P<path>.*))?$", AvailabilityView3.as_view(), name="sdmx3_availability"),
    re_path(r"^structure(?:/(?P<path>.*))?$", StructureView3.as_view(), name="sdmx3_structure"),
]
