"""The page for what went wrong inside: it says plainly what is down, and that nothing was saved."""

import errno
import sys

from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _

from lib.web.problems import is_api, problem


def server_error(request):
    """handler500: called while the error is being handled. 503 where waiting helps, else 500."""
    error = sys.exc_info()[1]
    if isinstance(error, UnreadablePostError):
        return _not_sent(request)
    words = words_of(error)
    if is_api(request) and words:
        response = problem("unavailable", _("{what}。刚才的操作没有保存。").format(what=words))
    elif is_api(request):
        response = problem("server-error", _("系统出错，刚才的操作没有完成。"))
    else:
        status = 503 if words else 500
        response = render(None, f"{status}.html", {"words": words}, status=status)
    if words:
        response["Retry-After"] = "30"
    return response


def _not_sent(request):
    """Who sent the request was cut off, or too slow: no fault of the site."""
    words = _("请求没有发完就中断了，没有保存。请检查网络后重试。")
    return (
        problem("incomplete-request", words)
        if is_api(request)
        else render(None, "400.html", {"words": words}, status=408)
    )


def words_of(error: BaseException | None) -> str | None:
    """What is down, in words; None where the error is a fault of the site itself."""
    if isinstance(error, (OperationalError, InterfaceError)):
        return _("数据库暂时连不上")
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _("服务器磁盘已满，存不下文件")
    return None
