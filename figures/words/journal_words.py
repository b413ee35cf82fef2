"""What the journal stores (codes, plain texts, JSON), in the words of the pages."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from indicators.models import Fact, IndicatorDefinition, Versioned
from lib import numbers
from plan.models import Chapter, Field

ACTION_NAMES = {
    "matter_issue": _("交办"),
    "matter_sign": _("签收"),
    "matter_progress": _("填报进展"),
    "matter_ask_delay": _("申请延期"),
    "matter_grant_delay": _("同意延期"),
    "matter_refuse_delay": _("不同意延期"),
    "matter_report": _("报结"),
    "matter_verify": _("核实"),
    "matter_send_back": _("退回"),
    "matter_close": _("销号"),
    "matter_withdraw": _("撤办"),
    "matter_escalate": _("升级"),
    "matter_reopen": _("恢复办理"),
    "matter_keep_closed": _("维持销号"),
    "matter_fig_closes": _("自动销号"),
    "matter_fig_turns": _("情况反复，申请恢复"),
    "matter_fig_settles": _("再次达到要求"),
    "add_note": _("写备注或批示"),
    "settle_note": _("了结话题"),
    "save_preference": _("保存消息设置"),
    "draw_threshold": _("设提醒线"),
    "drop_threshold": _("删去提醒线"),
    "resend_letter": _("重发未送达的消息"),
    "drop_letter": _("搁置未送达的消息"),
    "try_channel": _("测试消息渠道"),
    "register_endpoint": _("登记接收程序"),
    "renew_secret": _("更换密钥"),
    "replay_changes": _("重发变更"),
    "end_endpoint": _("停用接收程序"),
    "record_flows": _("登记资金流水"),
    "correct_flow": _("更正资金流水"),
    "define_number_rule": _("修改数据规则"),
    "withdraw_number_rule": _("停用数据规则"),
    "record": _("登记数值"),
    "adopt": _("接续上一方案"),
    "define": _("登记口径"),
    "open_year": _("开放年度"),
    "approve_year": _("年度通过"),
    "create": _("新增"),
    "edit": _("修改"),
    "set_password": _("重设密码"),
    "unlock": _("解除登录锁定"),
    "create_by_directory": _("目录新建账号"),
    "move_by_directory": _("目录调整职务"),
    "appoint": _("任命三员"),
    "open_embedding": _("开放图给其他网站"),
    "end_embedding": _("停止开放图"),
    "end_session": _("结束登录"),
    "add_factor": _("启用第二因子"),
    "remove_factor": _("停用第二因子"),
    "renew_codes": _("更换恢复码"),
    "use_recovery_code": _("使用恢复码"),
    "ask_factor_reset": _("提出重置第二因子"),
    "confirm_endpoint": _("保留接收程序"),
    "export_audit": _("导出操作日志"),
    "move_audit": _("移出操作日志"),
    "reset_factor": _("同意重置第二因子"),
    "refuse_factor_reset": _("不同意重置第二因子"),
    "import": _("导入表格"),
    "assign": _("分派责任"),
    "save": _("保存填报"),
    "fill": _("自动取数"),
    "open": _("开放填报"),
    "hand_over": _("交出"),
    "take_back": _("取回"),
    "send_back": _("县级退回"),
    "submit": _("提交"),
    "withdraw": _("撤回提交"),
    "return": _("市里退回"),
    "approve": _("通过"),
    "reopen": _("重新开放"),
    "lapse": _("到期收回"),
    "close": _("年度关闭"),
    "resume": _("年度重新打开"),
    "attach": _("附佐证材料"),
    "remind": _("催报"),
    "press": _("催办"),
    "define_rule": _("修改配套规则"),
    "remove_demo_flows": _("清除演示资金"),
    "seed_scale": _("生成测量数据"),
    "issue": _("制作报告"),
    "rebuild": _("重新生成"),
    "state": _("说明承诺"),
    "state_progress": _("填报进展"),
    "record_amount": _("登记投资额"),
    "report_progress": _("填报项目进展"),
    "change_state": _("变更项目状态"),
    "create_token": _("生成令牌"),
    "revoke_token": _("作废令牌"),
    "confirm_token": _("同意令牌"),
    "type_over": _("预览时改写"),
    "undo_upload": _("撤销导入"),
    "void_flows": _("冲销资金"),
    "login": _("登录"),
    "logout": _("退出"),
    "login_failed": _("登录失败"),
    "download": _("下载"),
    "read_unapproved": _("查看未通过的数值"),
    "refused": _("被拒绝"),
    "register_source": _("登记取数来源"),
    "edit_source": _("修改取数来源"),
    "end_source": _("停用取数来源"),
    "define_light_rule": _("设定亮灯规则"),
    "load_holidays": _("载入放假安排"),
    "record_quarter": _("登记季度数"),
    "set_limit": _("设定核查限度"),
    "import_reference": _("导入参照数据"),
    "withdraw_reference": _("撤下参照数据"),
    "remove_demo_reference": _("清除演示参照数据"),
}
CHANNEL_NAMES = {"web": _("网页"), "api": _("接口"), "command": _("命令行"), "task": _("后台任务"), "system": _("系统")}
YES_NO = {"True": _("是"), "False": _("否")}
Pair = tuple[str, str | None, str | None]


class Wording:
    """Labels and values of stored JSON, by the catalogue in force: one object for a page, no query of its own."""

    def __init__(self, definitions: list[IndicatorDefinition]):
        self.definitions = {row.indicator_id: row for row in definitions}
        self._referred: dict[Any, dict[str, str]] = {
            Field: {row.field_id: row.field.shown_name for row in definitions},
            Chapter: {str(row.chapter_id): str(row.chapter) for row in definitions},
        }

    def pairs(self, subject: str, old: Mapping | None, new: Mapping | None, indicator: str = "") -> list[Pair]:
        """(label, old, new) of every column that either side names; a side that is absent is None."""
        model, definition = self.model(subject), self.definitions.get(indicator)
        before, after = old or {}, new or {}
        names = sorted({*before, *after}, key=lambda name: self._place(model, name))

        def told(side: Mapping, name: str) -> str | None:
            if name not in side:
                return None
            return self._value(model, name, side[name], definition)

        pairs: list[Pair] = []
        for name in names:
            pairs.append((self._label(model, name), told(before, name), told(after, name)))
        return pairs

    @staticmethod
    def model(subject: str) -> type[models.Model] | None:
        try:
            return apps.get_model(subject)
        except (LookupError, ValueError):
            return None

    def subject_name(self, subject: str) -> str:
        model = self.model(subject)
        return str(model._meta.verbose_name) if model else subject

    def _column(self, model, name):
        """The model's own field of that name; a key may also bear the name of a relation from elsewhere."""
        if model is None:
            return None
        try:
            found = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        return found if found.concrete else None

    def _place(self, model, name) -> tuple:
        """The model's own order, provenance last; a database may give the keys of JSON in any order."""
        column = self._column(model, name)
        if column is None:
            return True, 0, name
        provenance = {field.name for field in Versioned._meta.fields}
        return column.name in provenance, getattr(column, "creation_counter", 0), name

    def _label(self, model, name) -> str:
        column = self._column(model, name)
        if column is None or not hasattr(column, "verbose_name"):
            return name
        return str(column.verbose_name)

    def _value(self, model, name, value, definition) -> str:
        text, column = str(value), self._column(model, name)
        if value is None or text in {"", "None"}:
            return numbers.ABSENT
        if column is None:
            return text
        if column.choices:
            labels = {str(key): label for key, label in column.flatchoices}  # JSON may hold a number as text
            return str(labels.get(text, text))
        if isinstance(column, models.BooleanField):
            return str(YES_NO.get(text, text))
        if isinstance(column, models.ForeignKey):
            return self._referred.get(column.related_model, {}).get(text, text)
        if isinstance(column, models.DateTimeField):
            return moment(text)
        if isinstance(column, models.DecimalField):
            is_of_indicator = issubclass(model, Fact)
            return amount(text, definition if is_of_indicator else None)
        return text


def amount(value: Decimal | str | None, definition: IndicatorDefinition | None) -> str:
    """A number with the row's decimals, without its unit; text that is none stays as it is."""
    try:
        number = Decimal(value) if value is not None else None
    except InvalidOperation:
        return str(value)
    return definition.value_words(number) if definition else numbers.plain(number, 0)


def moment(text: str) -> str:
    """A stored time in the site's own zone, to the minute."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if timezone.is_aware(at):
        at = timezone.localtime(at)
    return f"{at:%Y-%m-%d %H:%M}"
