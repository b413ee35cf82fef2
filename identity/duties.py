"""What each of the three administrators may open: the role × page table of 三权分立. Everything else of the site is
closed to them, by page and API; everybody else is not concerned."""

from django.urls import ResolverMatch, reverse

from accounts.models import User

Role = User.Role
EVERY_OFFICER = {
    "logout",
    "set_language",
    "password",
    "sessions",
    "session_end",
    "guide",
    "problems",
    "problem",
    "factors",
    "factor_totp",
    "factor_totp_end",
    "factor_codes",
    "passkey_new",
    "passkey_end",
    "prove",
    "login",
    "second_factor",
    "oidc",
    "oidc_back",
    "cas",
    "healthz",
    "readyz",
    "metrics",
}
PAGES = {
    Role.SYSTEM: {"factor_resets", "factor_reset_settle"},
    Role.SECURITY: {"factor_resets", "factor_reset_settle", "tokens", "token_usage", "token_revoke", "token_confirm"},
    Role.AUDITOR: {"audit_log"},
}
OFFICE = {  # which pages of the back office, by how their names begin
    Role.SYSTEM: ("index", "jsi18n", "login", "accounts_", "auth_user_", "areas_area_", "password_change"),
    Role.SECURITY: ("index", "jsi18n", "login", "accounts_user_", "identity_", "autocomplete", "password_change"),
    Role.AUDITOR: (),
}
STARTS = {Role.SYSTEM: "admin:index", Role.SECURITY: "admin:index", Role.AUDITOR: "audit_log"}


def start_of(user: User) -> str:
    """The address of the page that the duty begins at."""
    return reverse(STARTS[Role(user.role)])


def is_of_the_duty(match: ResolverMatch, role: str) -> bool:
    """Whether the page asked for is one of this administrator's."""
    duty, name = Role(role), match.url_name or ""
    if match.app_name == "admin":
        return name.startswith(OFFICE[duty]) if OFFICE[duty] else False
    return name in EVERY_OFFICER | PAGES[duty]
