"""The description of the API that writes quarters."""

from areas.filters import AREA_PATH, YEAR_PATH
from indicators.years.quarters import ENTERED, REGISTER
from lib.listapi.openapi import Described, operation, problems, ref
from lib.tabular.cells import LONGEST_NUMBER
from reporting.writing_api.bodies import LARGEST_VERSION
from reporting.writing_api.schema import CODE, IF_MATCH, KEY, NUMBER, TAG, TAGGED, TEXT, answer, body

PERIOD = {"type": "string", "pattern": "^[1-9][0-9]{3}-Q[1-4]$", "examples": ["2026-Q3"]}
TYPED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["indicator", "period", "value"],
    "properties": {
        "indicator": CODE,
        "period": {**PERIOD, "description": "地址里那一年的一个季度，已经过完"},
        "value": {
            "type": ["number", "string", "null"],
            "exclusiveMinimum": -(10**9),
            "exclusiveMaximum": 10**9,
            "maxLength": LONGEST_NUMBER,
            "description": "数字、照样输入的文字或 null（撤回）；累计指标为到季度末的累计数",
            "examples": [12.3],
        },
        "version": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": LARGEST_VERSION,
            "description": "所见的版本，没有数的为 0；已有新版本时答 409",
        },
    },
}
BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["quarters"],
    "properties": {
        "dry_run": {"type": "boolean", "default": False, "description": "只检查，不保存"},
        "quarters": {"type": "array", "minItems": 1, "items": ref("TypedQuarter")},
    },
    "examples": [{"dry_run": True, "quarters": [{"indicator": "H02", "period": "2026-Q3", "value": 12.3}]}],
}
STORED = {
    "type": "object",
    "required": ["indicator", "period", "value", "source", "version", "is_open", "is_demo"],
    "properties": {
        "indicator": CODE,
        "period": PERIOD,
        "value": NUMBER,
        "source": {"type": ["string", "null"], "enum": [ENTERED, REGISTER, None], "description": "填报、登记簿"},
        "version": {"type": "integer", "description": "填报的版本；没有填报的为 0"},
        "is_open": {"type": "boolean", "description": "季度已过完，由本单位填报"},
        "is_demo": {"type": "boolean", "description": "演示数据：并非真实"},
    },
}
ROWS = {"type": "array", "items": ref("StoredQuarter")}
SHEET = {
    "type": "object",
    "required": ["area", "year", "quarters"],
    "properties": {"area": TEXT, "year": {"type": "integer"}, "quarters": ROWS},
}
CHANGED = {"type": "object", "required": ["indicator", "period"], "properties": {"indicator": CODE, "period": PERIOD}}
RESULT = {
    "type": "object",
    "required": ["changed", "etag", "quarters"],
    "properties": {
        "changed": {"type": "array", "items": CHANGED, "description": "有变化的（dry_run 时为会有变化的）"},
        "etag": {"type": "string", "description": "保存后的 ETag，可放在下一次的 If-Match 里"},
        "quarters": ROWS,
    },
}
QUARTERS_SCHEMA = Described(
    {
        "GET": operation(
            "quarters_of_year_retrieve",
            "一个地区一年的季度数",
            "可按季填报的各行，连同 ETag：放在 If-Match 里，没有变化才保存。季度数从来不是官方数值。",
            TAG,
            parameters=[AREA_PATH, YEAR_PATH],
            responses={
                "200": {**answer("StoredQuarters", "各季度")["200"], "headers": TAGGED},
                **problems(400, 404, 406),
            },
        ),
        "PUT": operation(
            "quarters_of_year_update",
            "保存若干个季度数",
            "全部保存，或者一个也不保存；不能保存时 errors 列出每一处。谁能填哪一行，与季度数页面相同。",
            TAG,
            parameters=[AREA_PATH, YEAR_PATH, IF_MATCH, KEY],
            requestBody=body("QuartersRequest"),
            responses=answer("QuartersResult", "已保存（或已检查）") | problems(400, 404, 406, 409, 412, 413, 415, 422),
        ),
    },
    {
        "StoredQuarter": STORED,
        "StoredQuarters": SHEET,
        "TypedQuarter": TYPED,
        "QuartersRequest": BODY,
        "QuartersResult": RESULT,
    },
)
