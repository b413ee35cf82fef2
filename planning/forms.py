"""Forms of tasks, statements and meetings. What was typed stays in the form when it is refused."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from lib.files.form_fields import FilesField
from lib.tabular.typed_fields import DayField
from lib.web.choices import CHINESE, NamedChoiceField, offer
from plan import work
from plan.models import Chapter, Decision, WorkItem

State = WorkItem.State


class TaskForm(forms.Form):
    title = forms.CharField(label=_("任务"), max_length=200, widget=forms.TextInput(attrs={"size": 60}))
    chapter = forms.ModelChoiceField(Chapter.objects.all(), label=_("章节"), widget=forms.Select(attrs=CHINESE))
    area = NamedChoiceField(Area.objects.counties(), label=_("地区"), required=False, empty_label=_("市级任务"))
    responsible = NamedChoiceField(Organisation.objects.order_by("area", "code"), label=_("责任单位"))
    due_on = DayField(label=_("完成期限"))
    decision = forms.ModelChoiceField(
        Decision.objects.select_related("meeting"),
        label=_("议定事项"),
        required=False,
        empty_label=_("不出自会议"),
        widget=forms.Select(attrs=CHINESE),
    )
    reason = forms.CharField(label=_("修改理由"), required=False, widget=forms.TextInput(attrs={"size": 60}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, item: WorkItem | None, decision: str | None = None, **more):
        self.item = item
        initial = {"decision": decision if (decision or "").isdigit() else None}
        if item:
            names = ("title", "chapter", "area", "responsible", "due_on", "decision", "version")
            initial = {name: getattr(item, name) for name in names}
        super().__init__(*args, initial=initial, **more)  # type: ignore[misc]  # nobody gives it by its place
        if item is None:
            del self.fields["reason"], self.fields["version"]

    def record(self, *, by: User) -> WorkItem:
        given = dict(self.cleaned_data)
        reason, version = given.pop("reason", ""), given.pop("version", None)
        task = work.Task(**given)
        if self.item is None:
            return work.assign_work(task=task, by=by)
        return work.edit_work(item=self.item, task=task, version=version or 0, reason=reason, by=by)


class StatementForm(forms.Form):
    words = forms.CharField(label=_("进展"), widget=forms.Textarea(attrs={"rows": 3}))
    percent_done = forms.IntegerField(label=_("完成比例（%）"), required=False, min_value=0, max_value=100)
    new_state = forms.ChoiceField(label=_("状态"), required=False)
    files = FilesField(  # type: ignore[assignment]  # a field, which Django keeps apart from what was uploaded
        label=_("佐证文件"), required=False, help_text=_("可选多个；PDF、图片、docx、xlsx、pptx，每个不超过 20 MB")
    )

    def __init__(self, *args, item: WorkItem, user: User, **more):
        super().__init__(*args, **more)
        if item.state == State.OPEN:
            steps = [("", _("不变")), (State.DONE, _("办结"))]
            steps += [(State.CANCELLED, _("取消"))] if work.may_plan(user) else []
        else:
            steps = [(State.OPEN, _("重新打开"))]
        offer(self, "new_state", steps)


class MeetingForm(forms.Form):
    held_on = DayField(label=_("召开日期"))
    title = forms.CharField(label=_("名称"), max_length=120)
    chair = forms.CharField(label=_("主持"), max_length=60, required=False)
    minutes = forms.CharField(label=_("纪要"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    decisions = forms.CharField(
        label=_("议定事项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一项；登记后可从每一项分派任务。"),
    )

    def clean_decisions(self) -> list[str]:
        return self.cleaned_data["decisions"].splitlines()
