"""Who comes in by a directory: which account is his, and which unit and role he has by the rules that administrators
keep. Who has changed post there has changed it here at the next login; the account stays, and with it whose values and
approvals are whose."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.actions import revoke_token, tokens_made_by
from accounts.models import User
from accounts.rights import opened_words, rights_of
from identity.arrival import Arrival, NotTaken
from identity.models import ExternalIdentity, PostRule
from journal.actions import log_audit
from messaging.subscribing import settle_programs

USER = User._meta.label_lower
LONGEST_USERNAME = User._meta.get_field("username").max_length or 150
LONGEST_NAME = User._meta.get_field("first_name").max_length or 150


def rule_for(arrival: Arrival) -> PostRule | None:
    """The first rule in force that fits one of the person's units and posts."""
    rules = PostRule.objects.filter(is_active=True, directory_unit__in=arrival.units).select_related("organisation")
    return next((rule for rule in rules if not rule.directory_post or rule.directory_post in arrival.posts), None)


@transaction.atomic
def arrive(arrival: Arrival) -> User:
    """The account of who arrives, made at the first time, moved where the post has changed. `NotTaken`, in words, where
    no rule knows the post, the account is switched off, or the name is another account's."""
    identity = ExternalIdentity.objects.filter(provider=arrival.provider, subject=arrival.subject).first()
    user = User.objects.select_for_update(of=["self"]).get(pk=identity.user_id) if identity else None
    if user is not None and not user.is_active:
        raise NotTaken(_("这个账号已停用，请找系统管理员。"))
    rule = rule_for(arrival)
    if user is not None and user.role not in PostRule.ROLES:
        rule = None  # administrators are made here alone, whatever the directory says of their posts
    elif rule is None:
        raise NotTaken(_no_rule(arrival))
    elif user is None:
        user = _made(arrival, rule)
    else:
        _move(user, rule)
    _note_arrival(user, arrival)
    return user


def _no_rule(arrival: Arrival) -> str:
    units, posts = "、".join(arrival.units) or "–", "、".join(arrival.posts) or "–"
    words = _("目录里您的单位是“{units}”、职务是“{posts}”，本站没有对应的单位和角色。请找系统管理员登记“职务对应”。")
    return words.format(units=units[:200], posts=posts[:200])


def _made(arrival: Arrival, rule: PostRule) -> User:
    username = arrival.username[:LONGEST_USERNAME]
    if User.objects.filter(username__iexact=username).exists():
        words = _("用户名“{name}”在本站已是另一个账号的。是同一个人的话，请系统管理员在“目录身份”里关联。")
        raise NotTaken(words.format(name=username))
    user = User(username=username, first_name=arrival.name[:LONGEST_NAME], role=rule.role)
    user.organisation = rule.organisation
    user.set_unusable_password()
    user.save()
    new = {"role": user.role, "organisation": user.organisation_id}
    reason = opened_words([], rights_of(user))
    log_audit(action="create_by_directory", subject=USER, rows=[{"key": username, "new": new}], by=None, reason=reason)
    return user


def _move(user: User, rule: PostRule) -> None:
    """Another role or unit, from now on. What the person's tokens could do, the former post could: they end."""
    old = {"role": user.role, "organisation": user.organisation_id}
    new = {"role": rule.role, "organisation": rule.organisation_id}
    if old == new:
        return
    before = rights_of(user)
    user.role, user.organisation, user.is_staff = rule.role, rule.organisation, False
    user.save(update_fields=["role", "organisation", "is_staff"])
    reason = opened_words(before, rights_of(user))
    row = {"key": user.username, "old": old, "new": new}
    log_audit(action="move_by_directory", subject=USER, rows=[row], by=None, reason=reason)
    for token in tokens_made_by(user):
        revoke_token(token=token, reason=f"生成人{user.get_full_name() or user.username}在目录里调了职务", by=None)
    settle_programs(
        person=user, kept=(), by=None, reason=f"登记人{user.get_full_name() or user.username}在目录里调了职务"
    )


def _note_arrival(user: User, arrival: Arrival) -> None:
    now = timezone.now()
    ExternalIdentity.objects.update_or_create(
        provider=arrival.provider,
        subject=arrival.subject,
        defaults={"last_login_at": now},
        create_defaults={"user": user, "linked_at": now, "last_login_at": now},
    )
    name = arrival.name[:LONGEST_NAME]
    if user.first_name != name and user.role in PostRule.ROLES:
        log_audit(
            action="edit",
            subject=USER,
            rows=[{"key": user.username, "old": {"first_name": user.first_name}, "new": {"first_name": name}}],
            by=None,
        )
        user.first_name = name
        user.save(update_fields=["first_name"])
