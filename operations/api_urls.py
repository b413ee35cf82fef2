from django.urls import path

from lib.listapi.views import ListView
from operations.catalogue_api import CatalogView, ListCsvwView, ListJsonSchemaView
from operations.resources import RESOURCES

urlpatterns = [
    path("catalog/", CatalogView.as_view(), name="api_catalog"),
    path("catalog/resources/", ListView.as_view(list=RESOURCES), name="api_catalog_resources"),
    path("catalog/<str:name>/schema/", ListJsonSchemaView.as_view(), name="api_catalog_schema"),
    path("catalog/<str:name>/csvw/", ListCsvwView.as_view(), name="api_catalog_csvw"),
]
