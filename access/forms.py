"""Forms of the back office for organisations and accounts, and the one for access tokens."""

from django import forms
from django.conf import settings
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.actions import default_days, tokens_made_by
from accounts.models import AccessToken, Organisation, User
from messaging.models import Endpoint
from messaging.subscribing import programs_made_by
from plan.models import WorkItem
from projects.models import Project
from reporting.models import Part, Responsibility

ROLE_KINDS = {  # the roles that speak for a unit, and the kind of unit each needs
    User.Role.MUNICIPAL: Organisation.Kind.MUNICIPAL,
    User.Role.COUNTY: Organisation.Kind.COUNTY,
    User.Role.BUREAU: Organisation.Kind.BUREAU,
    User.Role.DEPARTMENT: Organisation.Kind.DEPARTMENT,
}
LABELS = {"first_name": "姓名", "email": "电子邮箱", "is_active": "启用", "is_staff": "可进后台"}
HELP = {
    "is_active": "取消勾选后立即不能登录；账号和它做过的操作都保留。不再使用的账号停用，不删除。",
    "is_staff": "系统管理员都能进后台；市发改委人员勾选后可改指标、目标、标准和方案文字；其他角色不能进。",
    "role": "系统管理员：管理账号和参考数据；市发改委：审核、导入；领导：只读；县级发改局、县级部门：填报本地区；"
    "市级部门：只读。",
    "kept_tokens": "停用此人、调动或改角色时，必须逐个决定：勾选的由您确认后继续有效（生成人可能仍知道密文，"
    "能换新的请换新），其余作废。",
    "kept_programs": "本单位的通知和变动会发到此人填的地址。停用此人、调动或改角色时，必须逐个决定：勾选的继续发送，"
    "其余停用。",
    "organisation": "系统管理员和领导可以不填，其他角色必填，且类型要与角色一致。",
}


class OrganisationForm(forms.ModelForm):
    class Meta:
        model = Organisation
        fields = ["code", "name", "name_en", "kind", "area", "duty"]
        help_texts = {
            "code": "以后不能改，例：330127-health。",
            "duty": "与指标的“责任部门”同名的单位负责填报这些指标，例：住房城乡建设局；不填报的单位留空。",
        }

    def clean(self):
        data = super().clean()
        same = Organisation.objects.filter(area=data.get("area"), duty=data.get("duty")).exclude(pk=self.instance.pk)
        if data.get("duty") and same.exists():
            self.add_error("duty", f"{data['area']}已有单位承担这一职能：{same.first().name}。")
        if self.instance.pk and (moved := {"kind", "area"} & {*self.changed_data}):
            self._require_unused(moved)
        return data

    def _require_unused(self, moved: set[str]) -> None:
        """What people and tokens of the unit may is computed from these: none of them gets other rights in passing."""
        unit = self.instance
        people = [user.get_username() for user in unit.users.filter(is_active=True, is_service=False)]
        tokens = [token.name for token in AccessToken.objects.in_force().filter(organisation=unit)]
        found = [
            (people, "先停用或调离这些账号：{names}"),
            (tokens, "先作废这些令牌：{names}"),
            (["报送"] * unit_has_history(unit), "它已有{names}、任务或项目，请另建一个单位"),
        ]
        for names, words in found:
            for field in moved if names else ():
                self.add_error(field, f"这个单位的权限由类型和区划决定。{words.format(names='、'.join(names))}。")


def unit_has_history(unit: Organisation) -> bool:
    """Whether sheets, tasks or projects are with the unit."""
    return any(
        rows.exists()
        for rows in (
            Responsibility.objects.filter(organisation=unit),
            Part.objects.filter(organisation=unit),
            WorkItem.objects.filter(responsible=unit),
            Project.objects.filter(organisation=unit),
        )
    )


class RoleForm(forms.ModelForm):
    """What role, unit and access to the back office must agree on. `by`: the administrator who fills it in."""

    by: User | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"].choices = [each for each in User.Role.choices if each[0] not in User.OFFICERS]

    def clean(self):
        data = super().clean()
        role, unit = data.get("role"), data.get("organisation")
        if role in ROLE_KINDS and unit is None:
            self.add_error("organisation", "这个角色必须有单位。")
        elif role in ROLE_KINDS and unit.kind != ROLE_KINDS[role]:
            kind = Organisation.Kind(ROLE_KINDS[role]).label
            self.add_error("organisation", f"这个角色要“{kind}”类型的单位，{unit.name}是“{unit.get_kind_display()}”。")
        if role == User.Role.ADMINISTRATOR:
            data["is_staff"] = True
        elif role != User.Role.MUNICIPAL and data.get("is_staff"):
            self.add_error("is_staff", "只有系统管理员和市发改委人员能进后台。")
        return data


class UserForm(RoleForm, UserChangeForm):
    """An account, and what becomes of the tokens that its person has made when the person goes."""

    password = None  # type: ignore[assignment]  # Django's way to take a field away; set on a page of its own
    kept_tokens = forms.MultipleChoiceField(
        label="保留的令牌", required=False, widget=forms.CheckboxSelectMultiple, help_text=HELP["kept_tokens"]
    )
    kept_programs = forms.MultipleChoiceField(
        label="保留的接收程序", required=False, widget=forms.CheckboxSelectMultiple, help_text=HELP["kept_programs"]
    )
    others_end = forms.BooleanField(
        label="没有勾选的作废", required=False, help_text="停用、调动或改角色时，没有勾选的令牌和接收程序立即停止。"
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "email", "role", "organisation", "is_active", "is_staff"]
        labels, help_texts = LABELS, HELP

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tokens = tokens_made_by(self.instance) if self.instance.pk else []
        self.fields["kept_tokens"].choices = [(token.key, _token_words(token)) for token in self.tokens]
        self.programs = programs_made_by(self.instance) if self.instance.pk else []
        self.fields["kept_programs"].choices = [(each.uid, _program_words(each)) for each in self.programs]

    @property
    def departure(self) -> str:
        """How the person goes, in words; empty for who stays."""
        changed, data = {*self.changed_data}, self.cleaned_data
        ways = [
            ("is_active" in changed and not data.get("is_active"), "已停用"),
            ("role" in changed, "角色已变更"),
            ("organisation" in changed, "已调离原单位"),
        ]
        return "、".join(words for is_so, words in ways if is_so)

    def clean(self):
        data = super().clean()
        if self.departure and not data.get("others_end") and len(data.get("kept_tokens", [])) < len(self.tokens):
            words = f"此人生成的{len(self.tokens)}个令牌还在用。请勾选要保留的，并勾选“没有勾选的作废”。"
            self.add_error("kept_tokens", words)
        if self.departure and not data.get("others_end") and len(data.get("kept_programs", [])) < len(self.programs):
            words = f"此人登记的{len(self.programs)}个接收程序还在接收。请勾选要保留的，并勾选“没有勾选的作废”。"
            self.add_error("kept_programs", words)
        if self.by == self.instance:
            if not data.get("is_active"):
                self.add_error("is_active", "不能停用自己的账号。")
            if data.get("role") != User.Role.ADMINISTRATOR:
                self.add_error("role", "不能改掉自己的系统管理员角色，请由另一位系统管理员操作。")
        return data


def _program_words(endpoint: Endpoint) -> str:
    return f"{endpoint.name}（{endpoint.organisation.name}；{endpoint.url}）"


def _token_words(token: AccessToken) -> str:
    until = timezone.localtime(token.ends_at).date()
    return f"{token.name}（{token.organisation.name}；{'、'.join(token.scope_names)}；到{until}）"


class NewUserForm(RoleForm, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "first_name", "role", "organisation", "is_staff"]
        labels, help_texts = LABELS, HELP


SCOPE_LABELS = {
    AccessToken.Scope.READ: _("读取：官方数据，以及本单位能看的报送（read）"),
    AccessToken.Scope.WRITE_ENTRIES: _("填报数据：写入本单位负责的填报项（write:entries）"),
    AccessToken.Scope.WRITE_TRANSITIONS: _("办理流转：交出、提交、审核等本单位可办的步骤（write:transitions）"),
    AccessToken.TRY: _("试用：只读演示数据，看不到本平台的数，写程序时用；不与别的权限同选（try）"),
}
READERS = (Organisation.Kind.DEPARTMENT,)


class TokenForm(forms.Form):
    """A new access token. `units`: those that it may be made for; where there is one it is not asked."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("写明用在哪里，例：统计局数据平台每日取数"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("单位"))
    scopes = forms.MultipleChoiceField(
        label=_("权限"), choices=SCOPE_LABELS, widget=forms.CheckboxSelectMultiple, initial=[AccessToken.Scope.READ]
    )
    days = forms.IntegerField(label=_("有效期（天）"), min_value=1, initial=default_days)
    networks = forms.CharField(
        label=_("限定地址"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一个地址或网段（IPv4、IPv6），例：10.1.2.0/24；不填则不限"),
    )

    def clean(self):
        """A page that is sent again (F5) makes no second token, and two of one name would not be told apart."""
        name, unit = (self.cleaned_data.get(key) for key in ("name", "organisation"))
        alike = AccessToken.objects.filter(name=name, organisation=unit, revoked_at=None, expires_at__gt=timezone.now())
        if unit and alike.exists():
            words = _("已有名为“{name}”的令牌在用。请换一个名称，或先作废它。")
            self.add_error("name", words.format(name=name))
        return self.cleaned_data

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        most, days = settings.TOKEN_MOST_DAYS, self.fields["days"]
        days.validators.append(MaxValueValidator(most))
        days.widget.attrs["max"] = most
        days.help_text = _("最长{most}天；到期后须重新生成").format(most=most)
        units = list(units)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[unit.pk for unit in units])
        if len(units) == 1:
            self.fields["organisation"].initial = units[0]
            self.fields["organisation"].widget = forms.HiddenInput()
            if units[0].kind in READERS:
                offered = (AccessToken.Scope.READ, AccessToken.TRY)
                self.fields["scopes"].choices = [(scope, SCOPE_LABELS[scope]) for scope in offered]
