"""The one family of refusals: every "no" that a person or a program reads, in words that say what to do.

Each refusal is of a kind, and a kind has an address that never changes: `/problems/<name>/`. The API sends it as the
`type` of its problem, a page of that address explains it, the schema and docs/api.md list all of them. Programs go by
the kind, people by the words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADDRESS = "/problems/"


@dataclass(frozen=True)
class RefusalKind:
    """What a refusal of this kind means, and what to do about it: the words of its page."""

    name: str
    status: int  # of the API's answer
    title: str | Promise
    meaning: str | Promise
    remedy: str | Promise

    @property
    def address(self) -> str:
        return f"{ADDRESS}{self.name}/"


# A name is for ever: programs compare it. A kind that is used no longer stays in the list.
_ALL = (
    RefusalKind(
        "invalid-request",
        400,
        _("请求有误"),
        _("发来的内容不完整，或有一处不能照收。什么都没有保存。"),
        _("按 detail 改正后再发。indicator、parameter 等成员指出是哪一处。"),
    ),
    RefusalKind(
        "bad-parameter",
        400,
        _("参数有误"),
        _("地址里有一个参数不认识，或者值的写法不对。不认识的参数不会被忽略。"),
        _("parameter 是哪一个参数，known 是可用的参数。改正后再问。"),
    ),
    RefusalKind(
        "unreadable-body",
        400,
        _("正文读不下去"),
        _("正文不是完整的 JSON，或含有存不下来的字符。"),
        _("用 UTF-8 编码的 JSON 再发一次；detail 指出行和列。"),
    ),
    RefusalKind(
        "unusable-file",
        400,
        _("文件不能用"),
        _("文件打不开、格式不对，或其中一格读不出数来。什么都没有保存。"),
        _("按 detail 改好文件后再上传。"),
    ),
    RefusalKind(
        "not-logged-in",
        401,
        _("需要登录"),
        _("没有登录，或登录已经结束。"),
        _("网页：重新登录后再办，已填的内容还在。程序：带令牌，Authorization: Bearer 令牌。"),
    ),
    RefusalKind(
        "token-not-recognised",
        401,
        _("令牌不能用"),
        _("令牌无效、到期、作废，或不能从这个地址使用；code 说明是哪一种。"),
        _("核对令牌是否完整复制；不行就由本单位重新生成。"),
    ),
    RefusalKind(
        "not-allowed",
        403,
        _("没有权限"),
        _("这个账号的角色，或这一行所属的单位，不允许这样做。"),
        _("由 detail 里说的单位来办，或请系统管理员核对账号的角色。"),
    ),
    RefusalKind(
        "missing-scope",
        403,
        _("令牌没有这项权限"),
        _("令牌有效，但生成时没有给这项权限，或写入权限还没有经系统管理员同意。"),
        _("由本单位另行生成带 scope 权限的令牌，或请系统管理员同意。"),
    ),
    RefusalKind(
        "session-not-verified",
        403,
        _("登录需要核对"),
        _("请求没有带上本次登录的防伪码（CSRF），多半是登录已经换过。什么都没有保存。"),
        _("网页：重新登录后再办，已填的内容还在。程序：改用令牌，不用登录。"),
    ),
    RefusalKind(
        "not-found",
        404,
        _("没有这个对象"),
        _("没有这个地址或这个对象，或者它不在权限范围内；两者不加区分。"),
        _("核对地址和代码；全部地址见 /api/docs/。"),
    ),
    RefusalKind(
        "method-not-allowed",
        405,
        _("不支持的方法"),
        _("这个地址不接受这种方法。"),
        _("改用 Allow 头里列出的方法。"),
    ),
    RefusalKind(
        "not-acceptable",
        406,
        _("给不出这种格式"),
        _("Accept 所要的格式，这里一种也给不出。"),
        _("改用 detail 里列出的格式，或在地址里写 format=。"),
    ),
    RefusalKind(
        "incomplete-request",
        408,
        _("没有发完"),
        _("请求没有发完就中断了。什么都没有保存。"),
        _("检查网络后重试。"),
    ),
    RefusalKind(
        "wrong-state",
        409,
        _("现在的状态不允许"),
        _("填报表正处在不能这样做的一步；state 是它现在的状态。"),
        _("detail 写明现在等谁来办。等状态变了再试。"),
    ),
    RefusalKind(
        "not-ready",
        409,
        _("还有事项没有处理"),
        _("还有项空着、缺说明，或有单位没有交出，这一步办不了。"),
        _("逐项处理 obstacles 里列出的；late 里的单位请其交出，或写明不等的理由。"),
    ),
    RefusalKind(
        "version-conflict",
        409,
        _("与别人的保存冲突"),
        _("从您读取到发送之间，有人保存过同一项。您的内容没有保存，也没有覆盖别人的。"),
        _("conflicts 里有两边的数。看过之后选一个，带上新的 version 再发。"),
    ),
    RefusalKind(
        "stale-preview",
        409,
        _("预览之后数据又变了"),
        _("从预览到确认之间，现行数据变了，效果不再是看到的那样。什么都没有保存。"),
        _("重新上传，看过新的预览后再确认。"),
    ),
    RefusalKind(
        "request-under-way",
        409,
        _("同一个请求还在办"),
        _("带同一个 Idempotency-Key 的请求已经收到，还没有办完。"),
        _("等 Retry-After 所说的秒数，原样再发一次，就得到它的结果。"),
    ),
    RefusalKind(
        "precondition-failed",
        412,
        _("版本已经变了"),
        _("If-Match 里的 ETag 不是现在的版本。什么都没有保存。"),
        _("重新读取，核对后带上新的 ETag 再发；etag 是现在的。"),
    ),
    RefusalKind(
        "too-large",
        413,
        _("内容太大"),
        _("发来的内容，或要取的表，超过一次所能处理的大小。"),
        _("分几次发送；取表时改用 csv，或加筛选条件。"),
    ),
    RefusalKind(
        "unsupported-format",
        415,
        _("不支持的格式"),
        _("正文不是这里能读的格式。"),
        _("用 Content-Type: application/json 发送 JSON。"),
    ),
    RefusalKind(
        "idempotency-key-reused",
        422,
        _("同一个键，另一个请求"),
        _("这个 Idempotency-Key 一天之内用在了地址或正文不同的请求上。什么都没有保存。"),
        _("重发同一个请求时才用同一个键；另一个请求用另一个键。"),
    ),
    RefusalKind(
        "too-many-requests",
        429,
        _("请求太频繁"),
        _("这个令牌一分钟里的次数用完了。"),
        _("等 Retry-After 所说的秒数再问；RateLimit 头说明还剩多少次。"),
    ),
    RefusalKind(
        "too-many-at-once",
        429,
        _("同时进行的太多"),
        _("同一个账号正在生成或读取的文件已经够多。"),
        _("等其中一个完成，或等 Retry-After 所说的秒数再试。"),
    ),
    RefusalKind(
        "server-error",
        500,
        _("服务器出错"),
        _("程序有错，这次操作没有完成，也没有保存一半。"),
        _("把响应的 X-Request-ID 告诉系统管理员。"),
    ),
    RefusalKind(
        "not-offered",
        501,
        _("本服务不提供"),
        _("标准里有、本服务没有的内容。"),
        _("改用 detail 里列出的内容。"),
    ),
    RefusalKind(
        "unavailable",
        503,
        _("暂时不能服务"),
        _("数据库、磁盘等暂时不能用，或正有几个大文件在上传。什么都没有保存。"),
        _("等 Retry-After 所说的秒数再试。"),
    ),
)
KINDS: Mapping[str, RefusalKind] = {kind.name: kind for kind in _ALL}
# Of a refusal that is known by its status alone, such as those of the frameworks.
KIND_OF_STATUS: Mapping[int, str] = {
    400: "invalid-request",
    401: "not-logged-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "incomplete-request",
    409: "wrong-state",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-format",
    422: "idempotency-key-reused",
    429: "too-many-requests",
    500: "server-error",
    501: "not-offered",
    503: "unavailable",
}


class Refused(Exception):
    """The text is for people; `details` are further members of the API's answer, `headers` its headers."""

    kind = "invalid-request"
    headers: Mapping[str, str] = {}

    def __init__(self, words: str, **details: object):
        super().__init__(words)
        self.words, self.details = str(words), details

    @property
    def status(self) -> int:
        return KINDS[self.kind].status


class Invalid(Refused):
    """What was sent cannot be taken as it is: a reason is missing, a number does not parse."""


class NotReady(Invalid):
    """Something has to be done first: `details` name each row and each unit."""

    kind = "not-ready"


class NotAllowed(Refused):
    """The role, or whose row it is, forbids it."""

    kind = "not-allowed"


class WrongState(Refused):
    """The state forbids it; the words name the state and who may act."""

    kind = "wrong-state"


class Conflict(Refused):
    """Somebody else saved meanwhile: `details["conflicts"]` has both values of each entry."""

    kind = "version-conflict"


class PreconditionFailed(Refused):
    """What was read is no longer what stands: `details["etag"]` is the tag of what does."""

    kind = "precondition-failed"


class StalePreview(Refused):
    """What is in force is no longer what the preview was made from."""

    kind = "stale-preview"
