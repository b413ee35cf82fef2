from django.urls import path

from operations.catalogue_api import CatalogView, ListCsvwView, ListJsonSchemaView

urlpatterns = [
    path("catalog/", CatalogView.as_view(), name="api_catalog"),
    path("catalog/<str:name>/schema/", ListJsonSchemaView.as_view(), name="api_catalog_schema"),
    path("catalog/<str:name>/csvw/", ListCsvwView.as_view(), name="api_catalog_csvw"),
]
