"""A form is carried out once: who clicks twice does not pay twice.

Every form that makes something carries a key (`{% once %}`). The first to send it claims the key by a row that the
database lets exist once, in the same transaction as what the form does: either both stand or neither. Whoever sends
the same form again, or while the first is still at work, waits for that transaction and is then shown what it did: the
same page with the same words. A form that was refused, or failed, has claimed nothing and can be sent again.

The key is bound to the user, the address and everything typed: the same key with other contents is another form, as
when someone goes back and corrects. Only the confirmation of an upload is known by its key alone, whatever else the
form holds: an upload is carried out once, in however many windows it is open.

A view says by a decorator that its form carries a key. Elsewhere a key means nothing: the transaction is the database's
one writer on SQLite, and who could have any work done in it would stop everybody's. For the same reason files are read
and attached ones looked at before it begins.
"""

import secrets
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256

from django.contrib import messages
from django.contrib.messages import get_messages
from django.contrib.messages.constants import ERROR, SUCCESS
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeData, mark_safe
from django.utils.translation import gettext as _

from journal.models import SubmittedForm
from lib.files.documents import DocumentError, check_size, recognise
from lib.refusals import Refused
from lib.tabular.reading import kept_readings

FIELD = "once"
TYPED, OF_UPLOAD = "", "upload-"  # what the key of a form begins with
KEPT = timedelta(days=1)
LONGEST = 200


def carried_out_once(view):
    """For a view whose form carries `{% once %}`."""
    view.once_key = TYPED
    return view


def confirmed_once(read):
    """For a view whose form confirms an upload and carries `{% once token %}`; `read` takes what the view takes, and
    reads the file."""

    def marked(view):
        view.once_key, view.read_first = OF_UPLOAD, read
        return view

    return marked


def new_key() -> str:
    """The key of a form that is shown."""
    return secrets.token_urlsafe(18)


def key_of_upload(token: str) -> str:
    """The key of an upload's confirmation, the same in every window."""
    return OF_UPLOAD + token


class OnceMiddleware:
    """Carries a keyed form out in one transaction with the claim of its key; the last of the middleware, so that a form
    without login or without the CSRF secret claims nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        kind = getattr(view, "once_key", None)
        if kind is None or request.method != "POST" or not request.user.is_authenticated:
            return None
        key = request.POST.get(FIELD, "")
        if not 0 < len(key) <= LONGEST or not key.startswith(kind) or (kind == OF_UPLOAD and request.FILES):
            return None
        SubmittedForm.objects.filter(at__lt=timezone.now() - KEPT).delete()
        with kept_readings():
            if kind == OF_UPLOAD:
                with suppress(Refused, Http404, PermissionDenied):  # of which the view tells
                    view.read_first(request, *args, **kwargs)
            return _carried_out_once(request, _digest(request, key), lambda: view(request, *args, **kwargs))


@transaction.atomic
def _carried_out_once(request: HttpRequest, digest: str, carry_out) -> HttpResponse:
    """The view's response, or, where the key is taken, the way to what was done with it."""
    try:
        with transaction.atomic():  # waits here for whoever holds the same key and is not done
            claim = SubmittedForm.objects.create(digest=digest)
    except IntegrityError:
        return _shown_again(request, SubmittedForm.objects.get(digest=digest))
    response = carry_out()
    said = _said(request)
    if not _is_done(response, said):
        claim.delete()
        return response
    claim.location = _location(request, response)
    claim.messages = [_as_row(message) for message in said]
    if hasattr(response, "said"):
        claim.messages.append([SUCCESS, response.said, "", False])
    claim.save(update_fields=["location", "messages"])
    return response


def mark_done(response: HttpResponse, location: str, *, said: str) -> None:
    """For a view whose answer is no redirect although it has carried the form out: where a repeat leads to, and what
    it is told there."""
    response.done_at, response.said = location, said  # type: ignore[attr-defined]  # for the layer that has the form's key


def _location(request: HttpRequest, response: HttpResponse) -> str:
    location = getattr(response, "done_at", "") or response["Location"]
    most = SubmittedForm._meta.get_field("location").max_length
    return location if most is None or len(location) <= most else request.path


def _is_done(response: HttpResponse, said: list) -> bool:
    """A form that was carried out leads on to its result; one that was refused is shown again, or says so."""
    if hasattr(response, "done_at"):
        return True
    return isinstance(response, HttpResponseRedirect) and all(message.level < ERROR for message in said)


def _said(request: HttpRequest) -> list:
    """The messages of this request that wait to be shown."""
    return list(getattr(get_messages(request), "_queued_messages", []))


def _as_row(message) -> list:
    return [message.level, str(message.message), message.extra_tags or "", isinstance(message.message, SafeData)]


def _shown_again(request: HttpRequest, claim: SubmittedForm) -> HttpResponse:
    for level, text, tags, is_safe in claim.messages:
        words = mark_safe(text) if is_safe else text  # nosec B308 B703  # as the view itself had marked it
        messages.add_message(request, level, words, tags)
    messages.info(request, _("这份表单已经办过，没有再办一次。"))
    return HttpResponseRedirect(claim.location)


def _digest(request: HttpRequest, key: str) -> str:
    parts = [str(request.user.pk), key]
    if not key.startswith(OF_UPLOAD):
        parts += [request.get_full_path(), *_contents(request)]
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _contents(request: HttpRequest) -> list[str]:
    typed = [(name, value) for name, values in request.POST.lists() for value in values]
    found: list[str] = []
    for name, value in sorted(typed):
        if name not in {FIELD, "csrfmiddlewaretoken"}:
            found += [name, value]
    files = [(name, file) for name, sent in request.FILES.lists() for file in sent]
    for _name, file in files:  # all of them, before any is read whole
        _look_at(file)
    for name, file in files:
        found += [name, file.name or "", _digest_of_file(file)]
    return found


def _look_at(file: UploadedFile) -> None:
    """What the file is, which the view then need not find out again; what is wrong with it, the view tells."""
    with suppress(DocumentError):
        check_size(file.size or 0)
        recognise(file.read())
    file.seek(0)


def _digest_of_file(file: UploadedFile) -> str:
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
