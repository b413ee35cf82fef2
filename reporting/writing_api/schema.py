"""The description of the writing API: what `reporting/api.py` takes and answers."""

from areas.filters import AREA_PATH, YEAR_PATH
from indicators import gaps
from indicators.terms.applicability import NOT_APPLICABLE
from lib.listapi.openapi import JSON, Described, header_parameter, operation, path_parameter, problems, ref
from lib.tabular.cells import LONGEST_NUMBER
from lib.web.text_guard import LONGEST
from reporting.models import Submission
from reporting.writing_api.bodies import LARGEST_VERSION

TAG = "报送"
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": "string"}
CODE = {"type": "string", "pattern": "^[A-Z][A-Z0-9_]{0,15}$", "examples": ["P02"]}

WORDS = {  # characters that can be kept (lib.web.text_guard), and no more of them than a workbook's cell holds
    "type": ["string", "null"],
    "maxLength": LONGEST,
    "pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]*$",
}
KEY = header_parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "一天之内，同一个键加同样的内容只办一次，得到同样的答复；内容不同答 422。每个新请求用一个新键，例如 UUID",
)
IF_MATCH = header_parameter(
    "If-Match",
    {"type": "string", "minLength": 1},
    "读取时的 ETag；表已经变了就不保存，答 412",
)
PART = {
    "type": ["number", "string", "null"],
    "exclusiveMinimum": -(10**9),
    "exclusiveMaximum": 10**9,
    "maxLength": LONGEST_NUMBER,
}
TYPED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["indicator"],
    "anyOf": [{"required": ["value"]}, {"required": ["numerator"]}, {"required": ["denominator"]}],
    "properties": {
        "indicator": CODE,
        "value": {
            "type": ["number", "string", "null"],
            "exclusiveMinimum": -(10**9),
            "exclusiveMaximum": 10**9,
            "maxLength": LONGEST_NUMBER,
            "description": "数字、照样输入的文字（95.5%、全角数字）或 null；最多6位小数，绝对值小于10亿",
            "examples": [96.1],
        },
        "numerator": {
            **PART,
            "description": "分子；与分母一起发时，数值由它们算出，不必发。取自背景数据的那一个也不必发",
        },
        "denominator": {**PART, "description": "分母，大于 0"},
        "reached_on": {
            "type": ["string", "null"],
            "maxLength": 60,
            "description": "分阶段的指标：哪一天达到的，不晚于这一年。不发则阶段不变的保持原样，null 为清空",
            "examples": ["2024-05-20"],
        },
        "explanation": {**WORDS, "description": "说明；空项和核实性提示要有。不发则保持原样，null 为清空"},
        "version": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": LARGEST_VERSION,
            "description": "所见的版本；已有新版本时答 409",
        },
    },
}
FINDING = {
    "type": "object",
    "required": ["code", "words", "rule", "is_settled", "compared"],
    "properties": {
        "code": {**TEXT, "examples": ["out_of_bounds"]},
        "words": TEXT,
        "rule": {"type": ["string", "null"], "description": "数据间规则的代码；contradiction 以外为 null"},
        "is_settled": {"type": "boolean", "description": "规则所涉的另一项已写明原因，本项不必再说明"},
        "compared": {
            "type": "array",
            "description": "拿哪些数比出来的",
            "items": {
                "type": "object",
                "required": ["what", "value"],
                "properties": {"what": TEXT, "value": {"type": "number"}},
            },
        },
    },
}
FINDINGS = {"type": "array", "items": ref("Finding")}
JUDGED = {
    "status": {"type": "string", "enum": [*gaps.STATUSES, NOT_APPLICABLE]},
    "gap": NUMBER,
    "standard_status": {"type": "string", "enum": [*gaps.STANDARD_STATUSES, NOT_APPLICABLE]},
    "standard_gap": NUMBER,
    "change": NUMBER,
    "pace": NUMBER,
    "projection": NUMBER,
    "outlook": {"type": "string", "enum": list(gaps.OUTLOOKS)},
    "words": {**TEXT, "description": "评估，一句话"},
}
PARTS = {
    "numerator": {**NUMBER, "description": "分子；只填结果的为 null"},
    "denominator": {**NUMBER, "description": "分母"},
    "reached_on": {
        "type": ["string", "null"],
        "format": "date",
        "description": "阶段是哪一天达到的",
    },
}
SAVED = {
    "type": "object",
    "required": [
        "indicator",
        "value",
        "numerator",
        "denominator",
        "reached_on",
        "explanation",
        "version",
        "findings",
        "obstacles",
        "is_unexplained",
        "judgement",
    ],
    "properties": {
        "indicator": CODE,
        "value": NUMBER,
        **PARTS,
        "explanation": TEXT,
        "version": {"type": "integer", "description": "新版本"},
        "findings": {
            "type": "object",
            "required": ["hard", "soft"],
            "properties": {
                "hard": {**FINDINGS, "description": "强制性：改正前不能交出"},
                "soft": {**FINDINGS, "description": "核实性：要有说明"},
            },
        },
        "obstacles": {"type": "array", "items": TEXT, "description": "交出前还差什么"},
        "is_unexplained": {"type": "boolean", "description": "核实性提示还没有说明"},
        "judgement": {"type": "object", "required": list(JUDGED), "properties": JUDGED},
    },
}
RESULT = {
    "type": "object",
    "required": ["changed", "etag", "entries"],
    "properties": {
        "changed": {"type": "array", "items": CODE, "description": "内容有变的指标"},
        "etag": {"type": "string", "description": "保存后整张表的 ETag，可放在下一次的 If-Match 里"},
        "entries": {"type": "array", "items": ref("SavedEntry")},
    },
}
ENTRIES_BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["entries"],
    "properties": {
        "dry_run": {"type": "boolean", "default": False, "description": "只检查，不保存"},
        "entries": {"type": "array", "minItems": 1, "items": ref("TypedEntry")},
    },
    "examples": [{"dry_run": True, "entries": [{"indicator": "P02", "value": 96.1, "explanation": "", "version": 3}]}],
}
STEP_BODY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "reason": {**WORDS, "description": "理由；return 和 reopen 必须有"},
        "until": {
            "anyOf": [*({"type": "string", "format": form} for form in ("date-time", "date")), {"type": "null"}],
            "description": "reopen：开放到何时；只写日期即当天结束",
        },
        "entries": {"type": ["array", "null"], "items": CODE, "description": "return、reopen：所指的指标"},
        "exceptions": {
            "type": ["object", "null"],
            "additionalProperties": {**WORDS, "type": "string"},
            "description": "submit：未等其交出的单位（代码）及理由",
        },
    },
    "examples": [{"reason": "请核对 P02", "entries": ["P02"]}],
}
STATE = {
    "type": "object",
    "required": ["area", "year", "state", "state_at"],
    "properties": {
        "area": {"type": "string"},
        "year": {"type": "integer"},
        "state": {"type": "string", "enum": Submission.State.values},
        "state_at": {"type": "string", "format": "date-time"},
    },
}


def body(name: str) -> dict:
    return {"required": True, "content": {JSON: {"schema": ref(name)}}}


def answer(name: str, words: str) -> dict:
    return {"200": {"description": words, "content": {JSON: {"schema": ref(name)}}}}


TAGGED = {"ETag": {"description": "表的版本：每次保存、每走一步都变", "schema": {"type": "string"}}}
SHEET = {
    "type": "object",
    "required": ["state", "entries"],
    "properties": {
        "state": {"type": "string", "enum": Submission.State.values},
        "entries": {"type": "array", "items": ref("StoredEntry")},
    },
}
STORED = {
    "type": "object",
    "required": [
        "indicator",
        "value",
        "numerator",
        "denominator",
        "reached_on",
        "explanation",
        "version",
        "unit",
        "is_own",
        "is_derived",
        "is_demo",
    ],
    "properties": {
        "indicator": CODE,
        "value": NUMBER,
        **PARTS,
        "explanation": TEXT,
        "version": {"type": "integer"},
        "unit": {**TEXT, "description": "填报单位的代码"},
        "is_own": {"type": "boolean", "description": "由本单位填报"},
        "is_derived": {"type": "boolean", "description": "由登记簿自动取数，不填报"},
        "is_demo": {"type": "boolean", "description": "演示数据：并非真实"},
    },
}
ENTRIES_SCHEMA = Described(
    {
        "GET": operation(
            "submissions_entries_retrieve",
            "一张表里的各项",
            "保存着的内容，连同 ETag：放在 If-None-Match 里再问，没有变化答 304；放在 If-Match 里，没有变化才保存。",
            TAG,
            parameters=[AREA_PATH, YEAR_PATH],
            responses={
                "200": {**answer("StoredEntries", "各项")["200"], "headers": TAGGED},
                "304": {"description": "没有变化", "headers": TAGGED},
                **problems(400, 404, 406),
            },
        ),
        "PUT": operation(
            "submissions_entries_update",
            "保存若干项",
            "全部保存，或者一项也不保存；不能保存时 errors 列出每一处。"
            "答复逐项给出核查结果、评估和新版本。dry_run 只检查。令牌要有 write:entries 权限，dry_run 也是。",
            TAG,
            parameters=[AREA_PATH, YEAR_PATH, IF_MATCH, KEY],
            requestBody=body("EntriesRequest"),
            responses=answer("EntriesResult", "已保存（或已检查）") | problems(400, 404, 406, 409, 412, 413, 415, 422),
        ),
    },
    {
        "StoredEntry": STORED,
        "StoredEntries": SHEET,
        "TypedEntry": TYPED,
        "Finding": FINDING,
        "SavedEntry": SAVED,
        "EntriesRequest": ENTRIES_BODY,
        "EntriesResult": RESULT,
    },
)
ACTIONS = ["hand_over", "take_back", "submit", "withdraw", "return", "approve", "reopen"]
STEPS_SCHEMA = Described(
    {
        "POST": operation(
            "submissions_step",
            "走一步",
            "交出、取回、提交、撤回、退回、通过、重新开放。现状不允许时答 409，角色不允许时答 403，都说明该由谁办。"
            "令牌要有 write:transitions 权限。",
            TAG,
            parameters=[
                AREA_PATH,
                YEAR_PATH,
                path_parameter("action", {"type": "string", "enum": ACTIONS}, "哪一步"),
                KEY,
            ],
            requestBody=body("StepRequest"),
            responses=answer("StepResult", "新的状态") | problems(400, 404, 406, 409, 413, 415, 422),
        )
    },
    {"StepRequest": STEP_BODY, "StepResult": STATE},
)
