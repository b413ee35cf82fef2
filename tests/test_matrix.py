"""Who may open which page: every address of the site × every role, on objects of one county. Made from the URL map:
a new page without a row here fails. The API has a matrix of its own."""

import csv
import io

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.client import MULTIPART_CONTENT
from django.urls import URLResolver, get_resolver
from openpyxl import load_workbook

from county_urbanization.rooms import ROOMS
from indicators.models import Observation
from lib.tabular.cell_text import is_like_formula
from reporting.models import Submission

ROLES = ("admin", "municipal", "leader", "chunan", "chunan-housing", "tonglu", "tonglu-housing", "stats", None)
CITY, OWN = {"admin", "municipal", "leader"}, {"chunan", "chunan-housing"}
LOGINS = set(ROLES) - {None}


def statuses(allowed, *, refused: int, ok: int = 200, nobody: int = 302, **more: int) -> dict:
    """What each role gets: `ok` where allowed, `refused` elsewhere; `more` by login, hyphens as underscores."""
    found = {role: ok if role in allowed else refused for role in ROLES} | {None: nobody}
    return found | {name.replace("_", "-"): status for name, status in more.items()}


EVERYONE = statuses(LOGINS, refused=403)
OPEN = dict.fromkeys(ROLES, 200)
ITS_READERS = statuses(CITY | OWN, refused=404)  # of a county's unapproved matter
OFFICIALS = statuses({"admin", "municipal"}, refused=403)
OF_OFFICIALS_BY_NOBODY = statuses(set(), refused=403, admin=404, municipal=404)
POST_ONLY = statuses(set(), refused=405)
COUNTIES = {"admin", "municipal", "chunan", "tonglu"}
RECORDERS = statuses(COUNTIES, refused=403)  # of money: the city and the counties' commissions
UPLOADED_BY_NOBODY = statuses(set(), refused=403, **dict.fromkeys(COUNTIES, 404))
PROJECT_ENTRY = statuses(LOGINS, refused=404, leader=404, stats=404)
PROJECT_WRITERS = statuses({"admin", "municipal"} | OWN, refused=404)  # of one that chunan-housing answers for
SHEET = "/reporting/330127/2025/"

# name: (an address, what each role gets)
PAGES = {
    "login": ("/accounts/login/", statuses(LOGINS, refused=200, ok=302, nobody=200)),
    "set_language": ("/language/", statuses(set(), refused=302)),
    "logout": ("/accounts/logout/", POST_ONLY),
    "password": ("/accounts/password/", EVERYONE),
    "sessions": ("/accounts/sessions/", EVERYONE),
    "session_end": ("/accounts/sessions/nothing/end/", POST_ONLY),
    "second_factor": ("/accounts/second/", statuses(set(), refused=302)),
    "prove": ("/accounts/prove/", POST_ONLY),
    "factors": ("/accounts/factors/", EVERYONE),
    "factor_totp": ("/accounts/factors/totp/", POST_ONLY),
    "factor_totp_end": ("/accounts/factors/totp/end/", POST_ONLY),
    "passkey_new": ("/accounts/factors/passkeys/", POST_ONLY),
    "passkey_end": ("/accounts/factors/passkeys/1/end/", POST_ONLY),
    "factor_codes": ("/accounts/factors/codes/", POST_ONLY),
    "factor_resets": ("/accounts/factors/resets/", statuses({"admin"}, refused=404)),
    "factor_reset_settle": ("/accounts/factors/resets/1/", POST_ONLY),
    "oidc": ("/accounts/oidc/", statuses(set(), refused=404, nobody=404)),
    "oidc_back": ("/accounts/oidc/back/", statuses(set(), refused=404, nobody=404)),
    "cas": ("/accounts/cas/", statuses(set(), refused=404, nobody=404)),
    "healthz": ("/healthz", OPEN),
    "readyz": ("/readyz", OPEN),
    "metrics": ("/metrics", OPEN),  # asked from this machine; tests/operations/test_health.py has the others
    "overview": ("/", EVERYONE),
    "overview_file": ("/overview.xlsx", EVERYONE),
    "county": ("/counties/330127/", EVERYONE),
    "county_file": ("/counties/330127.csv", EVERYONE),
    "indicators": ("/indicators/", EVERYONE),
    "indicators_file": ("/indicators.xlsx", EVERYONE),
    "indicator": ("/indicators/P02/", EVERYONE),
    "indicator_file": ("/indicators/P02.xlsx", EVERYONE),
    "cell": ("/cells/330127/P02/2024/", EVERYONE),
    "compare": ("/compare/", EVERYONE),
    "map": ("/map/?indicator=P02", EVERYONE),
    "explore": ("/explore/?indicator=P02", EVERYONE),
    "embeddings": ("/embeds/", statuses({"admin", "municipal"}, refused=404)),
    "embedding_end": ("/embeds/nothing/end/", POST_ONLY),
    "embedded": ("/embed/nothing/", statuses(set(), refused=404, nobody=404)),
    "embedded_picture": ("/embed/nothing.svg", statuses(set(), refused=404, nobody=404)),
    "explore_file": ("/explore.csv", EVERYONE),
    "map_file": ("/charts/map/P02.svg", EVERYONE),
    "path_file": ("/charts/path/330127/P02.csv", EVERYONE),
    "gaps_file": ("/charts/gaps/330127.csv", EVERYONE),
    "status_file": ("/charts/status.csv", EVERYONE),
    "explore_chart": ("/charts/explore.csv", EVERYONE),
    "compare_chart": ("/charts/compare.csv", EVERYONE),
    "trust": ("/trust/", EVERYONE),
    "realism": ("/realism/", EVERYONE),
    "realism_file": ("/realism.csv", EVERYONE),
    "peers": ("/peers/", EVERYONE),
    "peers_source": ("/peers/{source}/", EVERYONE),
    "peers_source_file": ("/peers/{source}.csv", EVERYONE),
    "peers_upload": ("/peers/upload/", OFFICIALS),
    "peers_template": ("/peers/upload/template.xlsx", OFFICIALS),
    "peers_preview": (f"/peers/upload/{'x' * 32}/", OF_OFFICIALS_BY_NOBODY),
    "peers_undo": (f"/peers/upload/{'x' * 32}/undo/", OF_OFFICIALS_BY_NOBODY),
    "peers_refused": (f"/peers/upload/{'x' * 32}/refused.xlsx", OF_OFFICIALS_BY_NOBODY),
    "effort": ("/effort/", EVERYONE),
    "compare_file": ("/compare.csv", EVERYONE),
    "changes": ("/changes/", EVERYONE),
    "changes_file": ("/changes.csv", EVERYONE),
    "recompute_runs": ("/changes/recomputes/", EVERYONE),
    "audit_log": ("/changes/audit/", statuses(LOGINS, refused=404, stats=404)),
    "plan": ("/plan/", EVERYONE),
    "retarget": ("/cells/330127/P02/2024/target/", OFFICIALS),
    "cell_causes": ("/cells/330127/P02/2024/causes/", EVERYONE),
    "county_causes": ("/counties/330127/causes/", EVERYONE),
    "find": ("/find/?q=P0", EVERYONE),
    "find_suggest": ("/find/suggest/?q=P0", EVERYONE),
    "brief": ("/brief/", EVERYONE),
    "matters": ("/matters/", EVERYONE),
    "matters_file": ("/matters.xlsx", EVERYONE),
    "matters_step": ("/matters/step/", POST_ONLY),
    "matter": ("/matters/{matter}/", statuses(CITY | {"chunan"}, refused=404)),
    "matter_file": ("/matters/{matter}/files/{matter_file}/", statuses(CITY | {"chunan"}, refused=404)),
    "thing": ("/on/entry/330127/2025/P02/", ITS_READERS),
    "lights": ("/lights/", EVERYONE),
    "bulletin": ("/bulletin/", EVERYONE),
    "bulletin_file": ("/bulletin/2026-03.xlsx", EVERYONE),
    "todo": ("/todo/", EVERYONE),
    "dispatch": ("/dispatch/", statuses(LOGINS, refused=404, stats=404)),
    "dispatch_press": ("/dispatch/press/", POST_ONLY),
    "dispatch_file": ("/dispatch.xlsx", statuses(LOGINS, refused=404, stats=404)),
    "whatif": ("/whatif/", EVERYONE),
    "whatif_targets": ("/whatif/a/targets.csv", statuses(set(), refused=404)),
    "guide": ("/help/", EVERYONE),
    "guide_api": ("/help/api/", OPEN),
    "problems": ("/problems/", OPEN),
    "problem": ("/problems/version-conflict/", OPEN),
    "imports": ("/imports/", OFFICIALS),
    "import_template": ("/imports/plan.xlsx", OFFICIALS),
    "import_preview": (f"/imports/{'x' * 32}/", statuses(set(), refused=403, admin=404, municipal=404)),
    "import_undo": (f"/imports/{'x' * 32}/undo/", statuses(set(), refused=403, admin=404, municipal=404)),
    "import_refused": (f"/imports/{'x' * 32}/refused.xlsx", statuses(set(), refused=403, admin=404, municipal=404)),
    "confirm_plan": ("/plan/confirm/", statuses({"admin", "municipal"}, refused=404)),
    "tasks": ("/plan/tasks/", EVERYONE),
    "tasks_file": ("/plan/tasks.xlsx", EVERYONE),
    "new_task": ("/plan/tasks/new/", statuses({"admin", "municipal"}, refused=404)),
    "task": ("/plan/tasks/{task}/", EVERYONE),
    "edit_task": ("/plan/tasks/{task}/edit/", statuses({"admin", "municipal"}, refused=404)),
    "meetings": ("/plan/meetings/", EVERYONE),
    "reports": ("/reports/", statuses(CITY, refused=404)),
    "report": ("/reports/2024-99/", statuses(set(), refused=404)),
    "report_rebuild": ("/reports/2024-99/rebuild/", POST_ONLY),
    "report_file": ("/reports/2024-99/report.pdf", statuses(set(), refused=404)),
    "setup": ("/setup/", statuses({"admin"}, refused=404, ok=302)),
    "setup_step": ("/setup/plan/", statuses({"admin"}, refused=404)),
    "setup_template": ("/setup/logins.xlsx", statuses({"admin"}, refused=404)),
    "tokens": ("/accounts/tokens/", statuses(LOGINS, refused=404, leader=404)),
    "token_usage": ("/accounts/tokens/nothing/", statuses(set(), refused=404)),
    "token_revoke": ("/accounts/tokens/nothing/revoke/", POST_ONLY),
    "token_confirm": ("/accounts/tokens/nothing/confirm/", POST_ONLY),
    "appearance": ("/accounts/appearance/", POST_ONLY),
    "favourite": ("/favourites/", POST_ONLY),
    "wall": ("/wall/", EVERYONE),
    "messages_mine": ("/messages/", EVERYONE),
    "news_seen": ("/messages/seen/", POST_ONLY),
    "messages_test": ("/messages/test/", POST_ONLY),
    "message_open": ("/messages/0/open/", POST_ONLY),
    "messages_read": ("/messages/read/", POST_ONLY),
    "new_threshold": ("/messages/thresholds/", POST_ONLY),
    "threshold_drop": ("/messages/thresholds/0/drop/", POST_ONLY),
    "messages_log": ("/messages/log/", statuses({"admin", "municipal"}, refused=404)),
    "robot_test": ("/messages/log/test/", POST_ONLY),
    "letter_step": ("/messages/log/0/resend/", POST_ONLY),
    "webhooks": ("/webhooks/", statuses(LOGINS, refused=404, leader=404)),
    "webhook": ("/webhooks/{webhook}/", statuses({"admin", "chunan-housing"}, refused=404)),
    "webhook_test": ("/webhooks/nothing/test/", POST_ONLY),
    "webhook_renew": ("/webhooks/nothing/renew/", POST_ONLY),
    "webhook_replay": ("/webhooks/nothing/replay/", POST_ONLY),
    "webhook_end": ("/webhooks/nothing/end/", POST_ONLY),
    "pulls": ("/pulls/", statuses({"admin", "municipal"} | OWN | {"tonglu", "tonglu-housing"}, refused=404)),
    "pull": ("/pulls/{pull}/", statuses({"admin", "municipal", "chunan-housing"}, refused=404)),
    "pull_now": ("/pulls/nothing/now/", POST_ONLY),
    "pull_end": ("/pulls/nothing/end/", POST_ONLY),
    "end_round": ("/reporting/rounds/2025/close/", POST_ONLY),
    "progress": ("/reporting/progress/", statuses(LOGINS, refused=404, stats=404)),
    "check_limits": ("/reporting/limits/", statuses(CITY, refused=404)),
    "number_rules": ("/reporting/rules/", EVERYONE),
    "reminders": ("/reporting/progress/reminders/", POST_ONLY),
    "notices": ("/reporting/notices/", statuses(LOGINS, refused=404, admin=404, leader=404, stats=404)),
    "notices_read": ("/reporting/notices/read/", POST_ONLY),
    "worklist": ("/reporting/", EVERYONE),
    "new_round": ("/reporting/rounds/", POST_ONLY),
    "sheet": (SHEET, ITS_READERS),
    "sheet_step": (f"{SHEET}steps/submit/", POST_ONLY),
    "thread": (f"{SHEET}thread/P02/", ITS_READERS),
    "quarters": (f"{SHEET}quarters/", ITS_READERS),
    "sheet_workbook": (f"{SHEET}sheet.xlsx", ITS_READERS),
    "sheet_upload": (f"{SHEET}upload/", ITS_READERS),
    "sheet_upload_preview": (f"{SHEET}upload/{'x' * 32}/", statuses(set(), refused=404)),
    "sheet_upload_errors": (f"{SHEET}upload/{'x' * 32}/errors.xlsx", statuses(set(), refused=404)),
    "sheet_upload_undo": (f"{SHEET}upload/{'x' * 32}/undo/", statuses(set(), refused=404)),
    "evidence": (f"{SHEET}evidence/", ITS_READERS),
    "evidence_file": (f"{SHEET}evidence/{{evidence}}/", ITS_READERS),
    "evidence_withdraw": (f"{SHEET}evidence/{{evidence}}/withdraw/", POST_ONLY),
    "review": ("/review/", statuses(CITY, refused=404)),
    "projects": ("/projects/", EVERYONE),
    "projects_file": ("/projects.csv", EVERYONE),
    "project_new": ("/projects/new/", PROJECT_ENTRY),
    "project_choices": ("/projects/choices.json", EVERYONE),
    "projects_workbook": ("/projects/workbook.xlsx", PROJECT_ENTRY),
    "projects_upload": ("/projects/upload/", PROJECT_ENTRY),
    "projects_template": ("/projects/upload/template.xlsx", PROJECT_ENTRY),
    "projects_preview": (f"/projects/upload/{'x' * 32}/", statuses(set(), refused=404)),
    "projects_undo": (f"/projects/upload/{'x' * 32}/undo/", statuses(set(), refused=404)),
    "projects_refused": (f"/projects/upload/{'x' * 32}/refused.xlsx", statuses(set(), refused=404)),
    "project": ("/projects/{project}/", EVERYONE),
    "project_edit": ("/projects/{project}/edit/", PROJECT_WRITERS),
    "project_amount": ("/projects/{project}/amounts/", PROJECT_WRITERS),
    "project_progress": ("/projects/{project}/progress/", PROJECT_WRITERS),
    "project_state": ("/projects/{project}/state/", PROJECT_WRITERS),
    "funding": ("/funding/", EVERYONE),
    "funding_file": ("/funding.xlsx", EVERYONE),
    "matching_file": ("/funding/matching.csv", EVERYONE),
    "flows": ("/funding/flows/", EVERYONE),
    "flows_file": ("/funding/flows.csv", EVERYONE),
    "new_flow": ("/funding/flows/new/", RECORDERS),
    "flow": ("/funding/flows/{flow}/", EVERYONE),
    "flows_upload": ("/funding/upload/", RECORDERS),
    "flows_template": ("/funding/upload/template.xlsx", RECORDERS),
    "flows_preview": (f"/funding/upload/{'x' * 32}/", UPLOADED_BY_NOBODY),
    "flows_undo": (f"/funding/upload/{'x' * 32}/undo/", UPLOADED_BY_NOBODY),
    "flows_refused": (f"/funding/upload/{'x' * 32}/refused.xlsx", UPLOADED_BY_NOBODY),
    "matching_rule": ("/funding/rule/", EVERYONE),
    "commitments": ("/commitments/", EVERYONE),
    "commitments_file": ("/commitments.csv", EVERYONE),
    "commitment": ("/commitments/{commitment}/", EVERYONE),
    "task_file": ("/plan/tasks/{own_task}/files/{task_file}/", ITS_READERS),
    "statement_file": ("/commitments/{commitment}/files/{statement}/", ITS_READERS),
    "review_step": ("/review/steps/approve/", POST_ONLY),
}
FILES = {name: path for name, (path, _) in PAGES.items() if path.endswith((".csv", ".xlsx"))}


def addresses(resolver=None, prefix=""):
    """(name, pattern) of every page of ours."""
    for part in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{part.pattern}"
        if isinstance(part, URLResolver):
            yield from addresses(part, path)
        elif not path.startswith(("admin/", "api/")):
            yield part.name, path


def test_every_page_has_its_row():
    assert sorted({name for name, _ in addresses()}) == sorted(PAGES)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_who_may_read(clients, objects, name):
    path, expected = PAGES[name]
    found = {role: status_of(clients[role], path.format(**objects)) for role in ROLES}
    assert found == expected


def status_of(client, path) -> int:
    answer = client.get(path)
    if answer.streaming:
        b"".join(answer)  # read to its end, which closes it
    return answer.status_code


# Who approves what: nobody their own -------------------------------------------------------------------

STEPS_OF_API = ("hand_over", "submit", "withdraw", "return", "approve", "reopen")
STEPS = {
    "page": ("/reporting/330182/2025/steps/approve/", 302),
    "api": ("/api/v1/submissions/330182/2025/approve/", 200),
}


@pytest.mark.parametrize("door", STEPS)
@pytest.mark.parametrize("role", [*ROLES, "jiande", "jiande-housing"])
def test_only_the_city_s_commission_approves(clients, role, door):
    """Jiande's sheet is submitted. Whoever else presses the button, its own people first of all, changes nothing."""
    path, done = STEPS[door]
    kind = "application/json" if door == "api" else MULTIPART_CONTENT
    status = clients[role].post(path, {}, content_type=kind).status_code
    state = Submission.objects.get(area="330182", round__year=2025).state
    assert (state == "approved", status == done) == ((True, True) if role == "municipal" else (False, status == 302))


EVERY_STEP = (*STEPS_OF_API, "take_back", "send_back")
SUBMITTED, APPROVED, DRAFT = "330182", "330122", "330127"
MOVES = {  # login: the steps that move something as the demonstration stands; every other is forged
    "municipal": {(SUBMITTED, "approve"), (SUBMITTED, "return"), (APPROVED, "reopen")},
    "jiande": {(SUBMITTED, "withdraw")},
    "chunan-housing": {(DRAFT, "take_back")},
    "chunan": {(DRAFT, "send_back"), (DRAFT, "take_back")},
}


def standing(area: str) -> tuple:
    """What a step moves: states, steps, official values."""
    sheet = Submission.objects.get(area=area, round__year=2025)
    parts = list(sheet.parts.order_by("pk").values_list("pk", "state"))
    return sheet.state, parts, sheet.transitions.count(), Observation.objects.filter(area=area).count()


def pressed(client, area: str, step: str) -> bool:
    """Whether anything has moved by the step's button or by its address of the API; none of it stays."""
    sheet, before = Submission.objects.get(area=area, round__year=2025), standing(area)
    part = sheet.parts.order_by("state").first().pk  # one that is handed over, where one is
    form = {"reason": "理由写在这里", "until": "2099-01-01T00:00", "entries": ["P02"], "part": part}
    page, api = f"/reporting/{area}/2025/steps/{step}/", f"/api/v1/submissions/{area}/2025/{step}/"
    with transaction.atomic():
        answers = [client.post(page, form), client.post(api, form, content_type="application/json")]
        has_moved = standing(area) != before
        transaction.set_rollback(True)
    assert [answer for answer in answers if answer.status_code >= 500] == []
    return has_moved


@pytest.mark.parametrize("role", [*ROLES, "jiande", "jiande-housing"])
def test_a_forged_step_moves_nothing(clients, role):
    """Every login presses every button of a submitted, an approved and a draft sheet, whatever the page shows it."""
    sheets = (SUBMITTED, APPROVED, DRAFT)
    moved = {(area, step) for area in sheets for step in EVERY_STEP if pressed(clients[role], area, step)}
    assert moved == MOVES.get(role, set())


@pytest.mark.parametrize("role", sorted(LOGINS - CITY - OWN))
def test_another_county_s_draft_is_not_there(clients, role):
    """By the API's doors for writing: 404, as if there were none."""
    put = {"entries": [{"indicator": "P02", "value": 1}], "dry_run": True}
    path = "/api/v1/submissions/330127/2025"
    found = [clients[role].put(f"{path}/entries/", put, content_type="application/json").status_code]
    for step in STEPS_OF_API:
        found.append(clients[role].post(f"{path}/{step}/", {}, content_type="application/json").status_code)
    assert found == [404] * (1 + len(STEPS_OF_API))


# Formulas in files ----------------------------------------------------------------------------------

FORMULA = "=1+1|"


def poison() -> None:
    """A formula before every free text of the database, where its rules let it stand."""
    ours = (apps.get_app_config(app) for app in ROOMS if apps.is_installed(app))
    for model in [model for app in ours for model in app.get_models()]:
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, (models.CharField, models.TextField)) and not field.is_relation
            if not is_text or field.choices or field.unique or field.primary_key or (field.max_length or 99) < 40:
                continue
            try:
                with transaction.atomic():
                    rows = model._base_manager.exclude(**{field.name: ""})
                    rows.update(**{field.name: Concat(Value(FORMULA), F(field.name))})
            except (IntegrityError, DataError):
                continue


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_carries_a_formula(clients, objects, name):
    """What people type goes into workbooks and csv that others open; none of it may run there."""
    poison()
    answer = clients["admin"].get(FILES[name].format(**objects))
    if answer.status_code == 404:
        return  # nothing uploaded, nothing to give back
    content = b"".join(answer) if answer.streaming else answer.content
    if FILES[name].endswith(".csv"):
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
        found = [cell for cell in cells if cell[:1] in {"=", "@", "+", "-", "\t"} and not is_number(cell)]
        assert (found, FORMULA in content.decode()) == ([], True)
        return
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert cells  # a text stays a text, also one that begins like a formula
    assert [cell.value for cell in cells if cell.data_type == "f" and FORMULA in str(cell.value)] == []
    assert [cell.value for cell in cells if may_become_one(cell)] == []


def may_become_one(cell) -> bool:
    """Whether an edit that changes nothing (F2, Enter) makes a formula of a text."""
    return isinstance(cell.value, str) and is_like_formula(cell.value) and not cell.quotePrefix


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
