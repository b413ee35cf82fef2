"""Files that people attached, given back: always to be saved, never shown as a page of this site."""

import logging
from pathlib import Path

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from lib.files.sealed_files import NotUnsealed, opened

log = logging.getLogger(__name__)


def to_be_saved(place: Path, *, name: str, content_type: str) -> FileResponse:
    """Http404 where the file is not in its place. For the reader alone: no cache keeps it."""
    try:
        file = opened(place)
    except NotUnsealed as error:
        log.error("%s cannot be opened: %s", place.name, error)
        raise Http404(_("文件不在存放处，请告诉系统管理员。")) from error
    except OSError as error:
        raise Http404(_("文件不在存放处，请告诉系统管理员。")) from error
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
