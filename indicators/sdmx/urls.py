from django.urls import re_path

from indicators.sdmx.api import DataView, StructureView

urlpatterns = [
    re_path(r"^data(?:/(?P<path>.*))?$", DataView.as_view(), name="sdmx_data"),
    re_path(r"^(?P<resource>\w+)(?:/(?P<path>.*))?$", StructureView.as_view(), name="sdmx_structure"),
]
