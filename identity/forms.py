"""Forms by which somebody proves who he is."""

from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _

from accounts.models import User
from identity.passwords import is_former


class LoginForm(AuthenticationForm):
    """Django's, with the length of a name looked at here too: a browser keeps to it, others need not, and what is
    written down of a failure has no room for more."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].validators.append(MaxLengthValidator(User._meta.get_field("username").max_length))


class PasswordForm(PasswordChangeForm):
    """Django's, with the old password tried as at a login: who finds a desk left open cannot guess it there. The new
    one is another, and none of the last ones."""

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self):
        given = self.cleaned_data["old_password"]
        if not self.user.has_usable_password():
            raise ValidationError(_("这个账号用统一身份认证或目录的密码登录，密码在那边改。"))
        if authenticate(self.request, username=self.user.get_username(), password=given) is None:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return given

    def clean(self):
        data = super().clean()
        old, new = data.get("old_password"), data.get("new_password1")
        if old and new == old:
            self.add_error("new_password1", _("新密码与原密码相同，请换一个。"))
        elif old and new and is_former(self.user, new):
            self.add_error("new_password1", _("这个密码以前用过，请换一个没有用过的。"))
        return data
