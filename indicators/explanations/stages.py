"""What is said of a row whose value is a stage (未启动/创建中/已命名): in stages, never in a difference of places.

`f` and `say` are the facts and the voice of `indicators.explanations.assessed_row`."""

from collections.abc import Iterator
from typing import Any

TEXTS_ZH_OF_STAGES = {
    "inputs_of_stages": "{who}，{year}年：实际{v}，年度目标{t}，省定标准{s}；阶段依次为{stages}。",
    "stage_reached": "与{benchmark}比较：应到{goal}，现为{v}，已达到：{status}。",
    "stage_short": "与{benchmark}比较：应到{goal}，现为{v}，还差{steps}个阶段：{status}。",
    "stage_kept": "比上年没有变化，仍为{v}。",
    "stage_on": "由上年的{previous}进到{v}。",
    "stage_back": "由上年的{previous}退回{v}。",
    "stages_done": "从{baseline}年的{v0}到{end}年的{final}共{all}个阶段，已走{done}个。",
    "stage_outlook": "看走过的阶段与过去的时间，到{end}年的前景：{outlook}。",
    "stage_unprojected": "阶段不作预测。",
}
TEXTS_EN_OF_STAGES = {
    "inputs_of_stages": "{who}, {year}: it stands at {v}, own target {t}, provincial standard {s}; stages: {stages}.",
    "stage_reached": "Against {benchmark}: it asks for {goal}, and {v} is reached: {status}.",
    "stage_short": "Against {benchmark}: it asks for {goal} and stands at {v}; stages missing: {steps}. {status}.",
    "stage_kept": "No change on the year before: still {v}.",
    "stage_on": "It moved from {previous} to {v} within the year.",
    "stage_back": "It fell back from {previous} to {v} within the year.",
    "stages_done": "Stages from {v0} in {baseline} to {final} in {end}: {all}; done so far: {done}.",
    "stage_outlook": "By the stages done and the time gone, the outlook for {end}: {outlook}.",
    "stage_unprojected": "Stages are not projected.",
}


def _staged_change(f: Any, say: Any) -> Iterator[str]:
    """From which stage to which, in place of a difference."""
    if not f.have("change"):
        yield say("change_unknown")
        return
    key = "stage_kept"
    if f.n["change"]:
        key = "stage_back" if f.row["is_slipping"] else "stage_on"
    yield say(key, previous=f.show("previous"), v=f.show("value"))


def _staged_way(f: Any, say: Any) -> Iterator[str]:
    """How many of the stages to the final target are done; nothing is projected."""
    if f.have("value", "baseline_value", "final_target") and f.n["final_target"] > f.n["baseline_value"]:
        yield say(
            "stages_done",
            baseline=f.baseline,
            v0=f.show("baseline_value"),
            end=f.end,
            final=f.show("final_target"),
            all=f.plain(f.n["final_target"] - f.n["baseline_value"]),
            done=f.plain(f.n["value"] - f.n["baseline_value"]),
        )
    if reason := f.no_outlook():
        yield say(reason, outlook=say.label(f.row["outlook"]), year=f.year, baseline=f.baseline, end=f.end)
    elif f.have("final_target"):
        yield say("stage_outlook", outlook=say.label(f.row["outlook"]), end=f.end)
    yield say("stage_unprojected")


def _staged_own(f: Any, say: Any) -> Iterator[str]:
    yield from _staged_against("target", "gap", f.row["status"], f, say)


def _staged_standard(f: Any, say: Any) -> Iterator[str]:
    yield from _staged_against("standard", "standard_gap", f.row["standard_status"], f, say)


def _staged_against(benchmark: str, gap: str, status: str, f: Any, say: Any) -> Iterator[str]:
    """How many stages are missing, or that it is reached."""
    words = {"benchmark": say.label(benchmark), "status": say.label(status), "year": f.year}
    if status in ("no_target", "no_standard"):
        yield say("no_benchmark", **words)
    elif status in ("not_due", "unreported"):
        yield say(status, **words)
    else:
        key = "stage_reached" if f.n[gap] >= 0 else "stage_short"
        yield say(key, v=f.show("value"), goal=f.show(benchmark), steps=f.plain(abs(f.n[gap])), **words)


STAGED_PARTS = (_staged_own, _staged_standard, _staged_change, _staged_way)
