"""Forms of the way in."""

from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator

from accounts.models import User


class LoginForm(AuthenticationForm):
    """Django's, with the length of a name looked at here too: a browser keeps to it, others need not, and what is
    written down of a failure has no room for more."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].validators.append(MaxLengthValidator(User._meta.get_field("username").max_length))
