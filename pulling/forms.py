"""The form of a source: where it is, which column is what, which of their codes is which of ours."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.refusals import Invalid
from pulling.models import COLUMNS, Source
from pulling.paging import is_rule

SEPARATORS = ("=", "＝", "\t")
NEEDED = ("indicator", "value")


class SourceForm(forms.Form):
    """Every field stands for one of `Source`; each column's name in a field of its own."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=Source.Kind.choices)
    address = forms.CharField(
        label=gettext_lazy("地址"),
        max_length=500,
        help_text=gettext_lazy(
            "接口、csv：https://…；数据库：主机:端口/库名；SQLite：指定文件夹里的文件名。"
            "内网的主机由系统管理员列入许可。"
        ),
    )
    table = forms.CharField(
        label=gettext_lazy("表，或行的位置"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("数据库：表或视图名；接口：行所在的成员，例 data.rows，空白为最外层"),
    )
    paging = forms.CharField(
        label=gettext_lazy("下一页"),
        max_length=120,
        required=False,
        help_text=gettext_lazy(
            "接口分页的：下一页地址所在的成员，例 paging.next；给游标的写 成员=参数，例 data.cursor=cursor；"
            "按页码的写 =参数，例 =pageNum。不分页就空着"
        ),
    )
    login = forms.CharField(
        label=gettext_lazy("用户名，或请求头的名称"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("数据库：只读的用户；接口：空白为 Authorization"),
    )
    secret = forms.CharField(
        label=gettext_lazy("密码，或请求头的内容"),
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("封存，不再显示；空白为不用或不改"),
    )
    every = forms.ChoiceField(label=gettext_lazy("多久取一次"), choices=Source.Every.choices, initial=Source.Every.DAY)
    codes = forms.CharField(
        label=gettext_lazy("指标代码对照"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("每行一个：对方的代码=平台的代码，例 WJ_017=A1；相同的不必写"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, label in COLUMNS.items():
            words = gettext_lazy("对方的列名") if name in NEEDED else gettext_lazy("对方的列名；没有就空着")
            field = forms.CharField(label=label, max_length=80, required=name in NEEDED, help_text=words)
            self.fields[f"column_{name}"] = field

    @property
    def column_fields(self) -> list[Any]:
        return [self[f"column_{name}"] for name in COLUMNS]

    @property
    def place_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if not name.startswith("column_") and name != "codes"]

    @staticmethod
    def initial_of(source: Source) -> dict[str, Any]:
        """What a form that changes the source begins with; never the password."""
        names = ("name", "kind", "address", "table", "paging", "login", "every")
        plain = {name: getattr(source, name) for name in names}
        columns = {f"column_{name}": text for name, text in source.columns.items()}
        codes = "\n".join(f"{theirs}={ours}" for theirs, ours in source.codes.items())
        return plain | columns | {"codes": codes}

    def clean_paging(self) -> str:
        text: str = self.cleaned_data["paging"].strip()
        if not is_rule(text):
            raise forms.ValidationError(_("“{text}”应写成 成员、成员=参数 或 =参数。").format(text=text[:60]))
        return text

    def clean_codes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["codes"].splitlines():
            if not line.strip():
                continue
            sign = next((each for each in SEPARATORS if each in line), None)
            theirs, _sign, ours = line.partition(sign or "=")
            if not (sign and theirs.strip() and ours.strip()):
                raise forms.ValidationError(_("“{line}”应写成 对方的代码=平台的代码。").format(line=line.strip()[:60]))
            found[theirs.strip()] = ours.strip()
        return found

    @property
    def values(self) -> dict[str, Any]:
        """What the actions take, without the password."""
        data = self.cleaned_data
        names = ("name", "kind", "address", "table", "paging", "login", "every", "codes")
        columns = {name: data[f"column_{name}"].strip() for name in COLUMNS}
        return {name: data[name] for name in names} | {"columns": columns}


def refused(form: SourceForm, refusal: Invalid | Exception) -> None:
    """The refusal's words above the form."""
    form.add_error(None, str(refusal))
