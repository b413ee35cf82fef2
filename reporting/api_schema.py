"""The description of the writing API: what `reporting/api.py` takes and answers."""

from areas.filters import AREA_PATH, YEAR_PATH
from indicators import gaps
from lib.listapi.openapi import JSON, Described, operation, path_parameter, problems, ref
from reporting.models import Submission

TAG = "报送"
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": "string"}
CODE = {"type": "string", "pattern": "^[A-Z][A-Z0-9_]{0,15}$", "examples": ["P02"]}

TYPED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["indicator", "value"],
    "properties": {
        "indicator": CODE,
        "value": {
            "type": ["number", "string", "null"],
            "description": "数字、照样输入的文字（95.5%、全角数字）或 null；最多6位小数，绝对值小于10亿",
            "examples": [96.1],
        },
        "explanation": {**TEXT, "description": "说明；空项和核实性提示要有。不发则保持原样"},
        "version": {"type": ["integer", "null"], "minimum": 0, "description": "所见的版本；已有新版本时答 409"},
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
    "status": {"type": "string", "enum": list(gaps.STATUSES)},
    "gap": NUMBER,
    "standard_status": {"type": "string", "enum": list(gaps.STANDARD_STATUSES)},
    "standard_gap": NUMBER,
    "change": NUMBER,
    "pace": NUMBER,
    "projection": NUMBER,
    "outlook": {"type": "string", "enum": list(gaps.OUTLOOKS)},
    "words": {**TEXT, "description": "评估，一句话"},
}
SAVED = {
    "type": "object",
    "required": [
        *("indicator", "value", "explanation", "version"),
        *("findings", "obstacles", "is_unexplained", "judgement"),
    ],
    "properties": {
        "indicator": CODE,
        "value": NUMBER,
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
    "required": ["changed", "entries"],
    "properties": {
        "changed": {"type": "array", "items": CODE, "description": "内容有变的指标"},
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
        "reason": {**TEXT, "description": "理由；return 和 reopen 必须有"},
        "until": {
            "anyOf": [*({"type": "string", "format": form} for form in ("date-time", "date")), {"type": "null"}],
            "description": "reopen：开放到何时；只写日期即当天结束",
        },
        "entries": {"type": "array", "items": CODE, "description": "return、reopen：所指的指标"},
        "exceptions": {
            "type": "object",
            "additionalProperties": TEXT,
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


ENTRIES_SCHEMA = Described(
    {
        "PUT": operation(
            "submissions_entries_update",
            "保存若干项",
            "全部保存，或者一项也不保存。答复逐项给出核查结果、评估和新版本。dry_run 只检查。",
            TAG,
            parameters=[AREA_PATH, YEAR_PATH],
            requestBody=body("EntriesRequest"),
            responses=answer("EntriesResult", "已保存（或已检查）") | problems(400, 404, 406, 409, 415),
        )
    },
    {
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
            "交出、取回、提交、撤回、退回、通过、重新开放。现状不允许时答 409，角色不允许时答 403，都说明该由谁办。",
            TAG,
            parameters=[
                AREA_PATH,
                YEAR_PATH,
                path_parameter("action", {"type": "string", "enum": ACTIONS}, "哪一步"),
            ],
            requestBody=body("StepRequest"),
            responses=answer("StepResult", "新的状态") | problems(400, 404, 406, 409, 415),
        )
    },
    {"StepRequest": STEP_BODY, "StepResult": STATE},
)
