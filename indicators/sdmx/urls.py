from django.urls import re_path

from indicators.sdmx.api import AvailabilityView, DataView, StructureView

urlpatterns = [
    re_path(r"^data(?:/(?P<path>.*))?$", DataView.as_view(), name="sdmx_data"),
    re_path(r"^availableconstraint(?:/(?P<path>.*))?$", AvailabilityView.as_view(), name="sdmx_availability"),
    re_path(r"^(?P<resource>\w+)(?:/(?P<path>.*))?$", StructureView.as_view(), name="sdmx_structure"),
]
