"""The page on which the city opens charts to other sites, and the frame that those sites show."""

from threading import Lock

from csp.constants import HEADER
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from charts import drawings
from charts.building import chart_at
from charts.embedding import end_embedding, may_embed, open_embedding
from charts.models import Embedding
from journal.once import carried_out_once
from journal.versions import data_version
from lib.lru_cache import Recent
from lib.refusals import Refused
from pagecache.value_cache import NO_FEED

USUAL_PORTS = {"http": "80", "https": "443"}
SECONDS = 300  # that the other site's readers may keep a picture
_one_draws = Lock()  # whoever else comes meanwhile gets the same: nobody has to be logged in for it
_drawn = Recent(40)  # by frame, site, language, day, data: who reloads a frame has nothing drawn anew


class EmbeddingForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("图的网址"),
        max_length=600,
        help_text=gettext_lazy("在图下面“图片 PNG”或“SVG”上点右键，复制链接地址"),
    )
    hosts = forms.CharField(
        label=gettext_lazy("可以嵌入的网站"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("一行一个，例如 https://www.example.gov.cn"),
    )


@carried_out_once
def embeddings(request):
    """Charts that other sites show; a POST opens one."""
    if not may_embed(request.user):
        raise Http404
    form = EmbeddingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = open_embedding(address=given["address"], hosts=given["hosts"].split(), by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.words)
        else:
            messages.success(request, _("“{title}”已开放，把下面的代码放进网页即可。").format(title=found.title))
            return redirect("embeddings")
    rows = [(each, _code(request, each)) for each in Embedding.objects.select_related("created_by")]
    return render(request, "charts/embeddings.html", {"form": form, "rows": rows})


def _code(request, embedding: Embedding) -> str:
    """What the other site puts into its page."""
    address = request.build_absolute_uri(reverse("embedded", args=[embedding.key]))
    return f'<iframe src="{address}" width="700" height="520" frameborder="0" loading="lazy"></iframe>'


@require_POST
def embedding_end(request, key):
    if not may_embed(request.user):
        raise Http404
    try:
        end_embedding(
            embedding=get_object_or_404(Embedding, key=key), reason=request.POST.get("reason", ""), by=request.user
        )
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        messages.success(request, _("已停止：那些网站上不再显示。"))
    return redirect("embeddings")


@require_safe
@login_not_required
@xframe_options_exempt
def embedded(request, key):
    """The frame: the picture and a link to its page. Only listed sites may show it."""
    found = _open(key)
    response = render(request, "charts/embedded.html", {"embedding": found}, status=200 if found.is_open else 410)
    policy = f"default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors {found.hosts}"
    response[HEADER] = policy
    return response


@require_safe
@login_not_required
def embedded_picture(request, key):
    """The SVG of the frame, by the official numbers as its opener sees them."""
    found = _open(key)
    if not found.is_open:
        return HttpResponse(status=410)
    site = _site(request)
    name = (found.pk, site, get_language(), timezone.localdate(), data_version(NO_FEED)[0])
    content = _drawn.get(name)
    if content is None:
        with _one_draws:
            content = _drawn.get(name) or _draw(found, site)
            _drawn.put(name, content)
    response = HttpResponse(content, content_type="image/svg+xml")
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    return response


def _site(request) -> str:
    """Where the picture says that its page stands: SITE_ADDRESS, else the host asked. Nobody's port but ours counts:
    there are 65,535 of them, and for each a reader without a login would have the picture drawn anew."""
    if settings.SITE_ADDRESS:
        return settings.SITE_ADDRESS
    host, port = split_domain_port(request.get_host())
    is_ours = port == request.META["SERVER_PORT"] and port != USUAL_PORTS[request.scheme]
    return f"{request.scheme}://{host}:{port}" if is_ours else f"{request.scheme}://{host}"


def _draw(found: Embedding, site: str) -> bytes:
    chart = chart_at(found.chart, found.created_by)
    return drawings.drawn(chart.draw, chart.frame(f"{site}{chart.page}"), "svg")


def _open(key: str) -> Embedding:
    return get_object_or_404(Embedding.objects.select_related("created_by"), key=key)
