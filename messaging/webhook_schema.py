"""What the site sends to registered programs, for the API's description (OpenAPI 3.1 `webhooks`)."""

from drf_spectacular.utils import OpenApiWebhook

from lib.listapi.openapi import JSON, header_parameter, ref
from messaging.feed import ROWS

TAG = "变更"
TEXT_OR_NONE = {"type": ["string", "null"]}
SIGNED = [
    header_parameter(
        "webhook-id", {"type": "string"}, "消息的编号；同一条消息再试时不变，收过的不要再处理", is_required=True
    ),
    header_parameter(
        "webhook-timestamp",
        {"type": "string", "pattern": "^[0-9]+$"},
        "发出的时刻，Unix 秒；与现在相差太多的不要接受",
        is_required=True,
    ),
    header_parameter(
        "webhook-signature",
        {"type": "string", "pattern": "^v1,"},
        "v1, 加 HMAC-SHA256 的 base64，对象是编号、时刻和正文以点相连；换密钥时有几个，以空格分开",
        is_required=True,
    ),
]
ANSWERS = {
    "2XX": {"description": "收到。10秒内答；不跟随重定向"},
    "410": {"description": "不再接收：平台停用这个地址"},
    "default": {"description": "没有收到：过一会儿再发，Retry-After 说明要等几秒"},
}
CHANGES = {
    "type": "object",
    "required": ["after", "cursor", "results"],
    "properties": {
        "after": {"type": "integer", "description": "上一次的 cursor；对不上时用 /changes/?cursor= 补取"},
        "cursor": {"type": "integer", "description": "到哪一条变更为止"},
        "results": {"type": "array", "items": ref("Change"), "maxItems": ROWS},
    },
}
NOTICE = {
    "type": "object",
    "required": ["number", "kind", "title", "words", "page", "by", "area", "follows"],
    "properties": {
        "number": {"type": ["integer", "null"], "description": "通知的编号"},
        "kind": {"type": "string"},
        "title": {"type": "string"},
        "words": {"type": "string"},
        "page": TEXT_OR_NONE | {"description": "去办理的网页；没有为 null"},
        "by": {"type": "string", "description": "谁发的"},
        "area": TEXT_OR_NONE | {"description": "区划代码；不属于一个地区的为 null"},
        "follows": {"type": ["integer", "null"], "description": "接着哪一条通知"},
    },
}


def _sent(kind: str, name: str, summary: str, data: dict) -> OpenApiWebhook:
    """A message of one kind: `type`, `timestamp`, `data`."""
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": kind},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
    operation = {
        "operationId": name,
        "summary": summary,
        "description": f"{summary}。在“变更推送（Webhook）”页登记接收地址；按 Standard Webhooks 签名。",
        "tags": [TAG],
        "parameters": SIGNED,
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": ANSWERS,
        "security": [],  # the signature tells who sends
    }
    return OpenApiWebhook(kind, {"post": operation})


CHANGES_RECORDED = _sent(
    "changes.recorded", "changes_recorded", "官方数据有变更，行与 /api/v1/changes/ 的相同", CHANGES
)
NOTICE_CREATED = _sent("notice.created", "notice_created", "有发给本单位的通知", NOTICE)
TEST = _sent("test", "test_sent", "点“发一条测试”时发出，内容同通知", NOTICE)
