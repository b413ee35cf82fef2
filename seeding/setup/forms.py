"""Forms of the set-up."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from seeding.setup.steps import asks_code

PASSWORD = {"autocomplete": "new-password"}
AREA_CODE = RegexValidator(r"^[0-9]{6}$", _("区划代码是六位数字（GB/T 2260）。"))
UNIT_CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", _("单位代码用字母、数字、横线，至多40个字符。"))


class AdministratorForm(forms.Form):
    """The first account. `code` is asked for where others reach the site."""

    username = forms.CharField(
        label=_("用户名"), max_length=150, validators=[User.username_validator], help_text=_("字母、数字和 @ . + - _")
    )
    full_name = forms.CharField(label=_("姓名"), max_length=150, required=False)
    password = forms.CharField(
        label=_("密码"), widget=forms.PasswordInput(attrs=PASSWORD), help_text=_("至少12个字符，不能只有数字")
    )
    again = forms.CharField(label=_("再输一次密码"), widget=forms.PasswordInput(attrs=PASSWORD))
    code = forms.CharField(
        label=_("建站码"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("在数据目录的 setup_code 文件里，启动时也会打印出来"),
    )

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        if not asks_code():
            del self.fields["code"]

    def clean(self):
        data = self.cleaned_data
        if data.get("password") != data.get("again"):
            self.add_error("again", _("两次输入的密码不同。"))
        return data


class OwnerForm(forms.Form):
    """The city, and the unit in it that owns the plan."""

    city_code = forms.CharField(label=_("城市的区划代码"), validators=[AREA_CODE], help_text=_("六位数字，例如 140700"))
    city_name = forms.CharField(label=_("城市名称"), max_length=40)
    city_name_en = forms.CharField(label=_("城市英文名"), max_length=60)
    code = forms.CharField(
        label=_("主管单位代码"), validators=[UNIT_CODE], help_text=_("自己取，以后不变，例如 CITY-DRC")
    )
    name = forms.CharField(label=_("主管单位名称"), max_length=80)
    name_en = forms.CharField(label=_("主管单位英文名"), max_length=120, required=False)

    @property
    def parts(self) -> dict[str, dict]:
        """As `set_owner` takes them."""
        data = self.cleaned_data
        city = {"code": data["city_code"], "name": data["city_name"], "name_en": data["city_name_en"]}
        return {"city": city, "unit": {name: data[name] for name in ("code", "name", "name_en")}}


class PlanForm(forms.Form):
    file = forms.FileField(
        label=_("方案文件或填好的工作簿"), help_text=_(".yaml 或 .xlsx，有错会一次列全，什么也不保存")
    )
    file.widget.attrs["accept"] = ".yaml,.yml,.xlsx"


class LoginsForm(forms.Form):
    file = forms.FileField(label=_("填好的工作簿"), help_text=_(".xlsx；有一处错误，就一个账号也不建"))
    file.widget.attrs["accept"] = ".xlsx,.csv"
