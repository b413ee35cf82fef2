"""Passwords that are long enough and still among a guesser's first: one short text again and again, or the own name
with hardly anything beside it."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEAST_BESIDE_NAME = 8  # letters and digits
SHORTEST_NAME = 3  # a name of one or two letters stands in many a good password by chance


class PlainPasswordValidator:
    """For AUTH_PASSWORD_VALIDATORS, beside Django's, which take a name only where the password is mostly that."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """ValidationError for such a password; hyphens and blanks between do not count."""
        letters = "".join(each for each in password.casefold() if each.isalnum())
        if letters in (letters + letters)[1:-1]:
            raise ValidationError(_("密码是同一段文字的重复，请换一个。"), code="password_repeats")
        name = user.get_username().casefold() if user is not None else ""
        if len(name) >= SHORTEST_NAME and name in letters and len(letters.replace(name, "")) < LEAST_BESIDE_NAME:
            raise ValidationError(_("密码里除了用户名几乎没有别的，请换一个。"), code="password_is_name")

    def get_help_text(self) -> str:
        return _("密码不能是同一段文字的重复，也不能只比用户名多几个字。")
