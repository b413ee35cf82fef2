"""SDMX 2.1 REST over HTTP: an address and an Accept header in, a message out.

The library sdmx1 takes half a second to import: the two modules that need it are loaded by the first request."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from uuid import uuid4

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indicators.sdmx import media, queries_v3
from indicators.sdmx.agency import maintained_by
from indicators.sdmx.catalogue import available, catalogue, figures
from indicators.sdmx.errors import SdmxRefused, error_message
from indicators.sdmx.names import SERIES, TIME
from indicators.sdmx.owners import plan_maintainer
from indicators.sdmx.queries import availability_query, data_query, require_availability, structure_query
from lib.listapi.views import PlainView, Validators
from lib.web.languages import is_english

MOST_OBSERVATIONS = 10_000
# The form of these messages, for their ETag: to be raised with every change of it.
MESSAGES = SimpleNamespace(unaffected_by=("reporting",), changes_daily=False, names="sdmx 4")


class SdmxView(PlainView):
    """Subclasses write `form(request)`, what Accept asks for, and `body(request, form, options, **path)`. Refusals are
    SDMX-ML errors where XML was asked for, and problems where not."""

    schema = None  # described by the SDMX standard, not by OpenAPI
    list = MESSAGES
    types: dict[str, str] = {}

    def dispatch(self, request, *args, **kwargs):
        with maintained_by(plan_maintainer()):
            answer = super().dispatch(request, *args, **kwargs)
        if answer.status_code >= 400 and media.wants_xml(request.headers.get("Accept", "")):
            answer.content = error_message(answer.status_code, orjson.loads(answer.content)["detail"])
            answer["Content-Type"] = "application/xml; charset=utf-8"
        patch_vary_headers(answer, ["Accept-Language"])
        return answer

    def get(self, request, **path):
        form, options = media.chosen(request.headers.get("Accept", ""), self.types)
        validators = Validators.of(request, self.list, f"{form} {options.get('labels')} {language(options)}")
        if validators.match(request):
            return validators.put_on(HttpResponse(status=304))
        body = self.body(request, form, options, **path)
        answer = HttpResponse(body, content_type=media.SENT_AS[form])
        if language(options):
            answer["Content-Language"] = get_language()
        return validators.put_on(answer)

    def body(self, request, form: str, options: dict, **path) -> bytes:
        raise NotImplementedError


class StructureView(SdmxView):
    types = media.STRUCTURE_TYPES

    def body(self, request, form, options, resource, path=None):
        return structures(structure_query(resource, path or "", parameters(request)), form, request)


class StructureView3(SdmxView):
    types = media.STRUCTURE_TYPES_V3

    def body(self, request, form, options, path=None):
        query = queries_v3.structure_query(path or "", parameters(request))
        return structures(query, form, request)


class AvailabilityView(SdmxView):
    """Which codes have figures."""

    types = media.AVAILABILITY_TYPES
    read = staticmethod(availability_query)

    def body(self, request, form, options, path=None):
        query, component, asked = self.read(path or "", parameters(request), timezone.get_current_timezone())
        if require_availability(component, asked) == "available" and component:
            query = freed(query, component)
        values, count = available(query, request.user)
        if not count:
            raise SdmxRefused(404, _("没有符合条件的数值。"))
        told = {name: codes for name, codes in values.items() if component in {"", name}}
        if form == media.STRUCTURE:
            messages = import_module("indicators.sdmx.availability")
            return messages.availability_message(told, count, header(request))
        return import_module("indicators.sdmx.json_messages").availability_json(told, count, header(request))


class AvailabilityView3(AvailabilityView):
    types = media.STRUCTURE_TYPES_V3
    read = staticmethod(queries_v3.availability_query)


class DataView(SdmxView):
    types = media.DATA_TYPES
    read = staticmethod(data_query)

    def body(self, request, form, options, path=None):
        query = self.read(path or "", parameters(request), timezone.get_current_timezone())
        messages = import_module("indicators.sdmx.messages")
        found = messages.limited(figures(query, request.user, most=MOST_OBSERVATIONS), query)
        if not found:
            raise SdmxRefused(404, _("没有符合条件的数值。"))
        if form in {media.CSV, media.CSV_2}:
            return messages.data_csv(found, query, *labels(request, options), is_second=form == media.CSV_2)
        if form in JSON_VERSIONS:
            data_json = import_module("indicators.sdmx.json_messages").data_json
            return data_json(found, query, catalogue(request.user), JSON_VERSIONS[form], header(request))
        return messages.data_message(found, query, form, header(request))


class DataView3(DataView):
    types = media.DATA_TYPES_V3
    read = staticmethod(queries_v3.data_query)


JSON_VERSIONS = {
    media.JSON_1: "1.0.0",
    media.JSON_2: "2.0.0",
    media.STRUCTURE_JSON_1: "1.0.0",
    media.STRUCTURE_JSON_2: "2.0.0",
}


def structures(query, form: str, request) -> bytes:
    """What the query names, in the form that is asked for."""
    made = import_module("indicators.sdmx.structures")
    if form == media.STRUCTURE:
        return made.structure_message(query, catalogue(request.user), header(request))
    written = import_module("indicators.sdmx.json_messages")
    found = made.chosen(query, catalogue(request.user))
    return written.structures_json(found, JSON_VERSIONS[form], header(request))


def freed(query, component: str):
    """The query without what it says of that component."""
    free: dict[str, dict] = {
        "REF_AREA": {"areas": None},
        "INDICATOR": {"indicators": None},
        "SERIES": {"series": SERIES},
        TIME: {"first_year": None, "last_year": None},
    }
    return replace(query, **free.get(component, {}))


def parameters(request) -> dict[str, list[str]]:
    return dict(request.GET.lists())


def language(options: dict) -> str:
    """Of the names that stand beside codes; nothing where none do (all but `labels=both`)."""
    if options.get("labels") != "both":
        return ""
    return "en" if is_english() else "zh"


def header(request) -> dict:
    """What a message says of itself: its number, when it was made, for whom."""
    organisation = request.user.organisation
    return {
        "id": f"M{uuid4().hex}",
        "prepared": timezone.now(),
        "receiver": organisation.code if organisation else "",
    }


def labels(request, options: dict) -> tuple:
    """What SDMX-CSV needs for `labels=both`."""
    if options.get("labels", "id") not in {"id", "both"} or options.get("timeformat", "original") != "original":
        raise SdmxRefused(406, _("SDMX-CSV 的 labels 可以是 id 或 both，timeFormat 只能是 original。"))
    return (catalogue(request.user), language(options)) if options.get("labels") == "both" else ()
