"""Every page of the site with the login that opens it: what is tested of all pages is tested of these. A page that is
not listed fails tests/test_languages.py."""

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

YEAR = 2025  # the open year of the demonstration
PAGES: dict[str, list[tuple[str | None, str]]] = {
    "login": [(None, "/accounts/login/")],
    "password": [("leader", "/accounts/password/")],
    "sessions": [("leader", "/accounts/sessions/")],
    "factors": [("leader", "/accounts/factors/")],
    "factor_resets": [("admin", "/accounts/factors/resets/")],
    "overview": [("leader", "/"), ("municipal", "/?benchmark=standard&layer=submitted"), ("leader", "/?year=2022")],
    "wall": [("leader", "/wall/")],
    "county": [("leader", "/counties/330127/")],
    "indicators": [("leader", "/indicators/")],
    "indicator": [("leader", "/indicators/P02/"), ("leader", "/indicators/H01/")],
    "cell": [("leader", "/cells/330127/P02/2024/")],
    "compare": [("leader", "/compare/?year=2024"), ("leader", "/compare/?year=2022")],
    "trust": [("leader", "/trust/")],
    "realism": [("leader", "/realism/"), ("leader", "/realism/?area=330127")],
    "peers": [("leader", "/peers/")],
    "peers_source": [("municipal", "/peers/{source}/")],
    "peers_upload": [("municipal", "/peers/upload/")],
    "effort": [("leader", "/effort/"), ("leader", "/effort/?area=330127&pushed=0&least=9")],
    "map": [("leader", "/map/?indicator=P02&show=value&projects=1"), ("leader", "/map/?show=chance&year=2022")],
    "embeddings": [("municipal", "/embeds/")],
    "explore": [("leader", "/explore/"), ("stats", "/explore/?form=heat&indicator=P02,P03&year=2024")],
    "find": [("leader", "/find/?q=P0"), ("leader", "/find/?q=xyzxyz")],
    "brief": [("leader", "/brief/?year=2024"), ("chunan-health", "/brief/?year=2022")],
    "dispatch": [("leader", "/dispatch/"), ("leader", "/dispatch/?by=unit")],
    "todo": [("municipal", "/todo/"), ("chunan", "/todo/"), ("leader", "/todo/")],
    "matters": [("municipal", "/matters/"), ("chunan", "/matters/")],
    "matter": [("municipal", "/matters/{matter}/"), ("chunan", "/matters/{matter}/")],
    "thing": [("leader", "/on/cell/330182/P03/2024/"), ("stats", "/on/project/{project}/")],
    "lights": [("municipal", "/lights/"), ("leader", "/lights/?light=green")],
    "bulletin": [("leader", "/bulletin/")],
    "whatif": [("leader", "/whatif/?area=330127&indicator=P02&a_yearly=1")],
    "retarget": [("municipal", "/cells/330127/P02/2024/target/")],
    "cell_causes": [("leader", "/cells/330127/P02/2024/causes/")],
    "county_causes": [("leader", "/counties/330127/causes/")],
    "projects": [("municipal", "/projects/")],
    "project": [("municipal", "/projects/{project}/")],
    "project_new": [("municipal", "/projects/new/")],
    "projects_upload": [("municipal", "/projects/upload/")],
    "project_edit": [("municipal", "/projects/{project}/edit/")],
    "changes": [("leader", "/changes/")],
    "recompute_runs": [("leader", "/changes/recomputes/")],
    "audit_log": [("municipal", "/changes/audit/")],
    "plan": [("leader", "/plan/")],
    "confirm_plan": [("municipal", "/plan/confirm/")],
    "tasks": [("municipal", "/plan/tasks/")],
    "new_task": [("municipal", "/plan/tasks/new/")],
    "task": [("municipal", "/plan/tasks/{task}/")],
    "edit_task": [("municipal", "/plan/tasks/{task}/edit/")],
    "meetings": [("municipal", "/plan/meetings/")],
    "commitments": [("leader", "/commitments/")],
    "commitment": [("leader", "/commitments/C01/"), ("municipal", "/commitments/{statement}/")],
    "funding": [("municipal", "/funding/")],
    "flows": [("municipal", "/funding/flows/")],
    "new_flow": [("municipal", "/funding/flows/new/")],
    "flow": [("municipal", "/funding/flows/{flow}/")],
    "flows_upload": [("municipal", "/funding/upload/")],
    "matching_rule": [("municipal", "/funding/rule/")],
    "worklist": [("municipal", "/reporting/"), ("chunan-health", "/reporting/")],
    "progress": [("municipal", f"/reporting/progress/?year={YEAR}")],
    "check_limits": [("municipal", "/reporting/limits/")],
    "number_rules": [("municipal", "/reporting/rules/?code=R01"), ("tonglu", "/reporting/rules/")],
    "notices": [("tonglu", "/reporting/notices/")],
    "sheet": [
        ("chunan-health", f"/reporting/330127/{YEAR}/"),
        ("tonglu", f"/reporting/330122/{YEAR}/"),
        ("municipal", f"/reporting/330182/{YEAR}/"),
    ],
    "thread": [("chunan-health", f"/reporting/330127/{YEAR}/thread/P03/")],
    "quarters": [("chunan-planning", f"/reporting/330127/{YEAR}/quarters/")],
    "sheet_upload": [("chunan-health", f"/reporting/330127/{YEAR}/upload/")],
    "evidence": [("chunan-health", f"/reporting/330127/{YEAR}/evidence/")],
    "review": [("municipal", "/review/")],
    "reports": [("municipal", "/reports/")],
    "imports": [("municipal", "/imports/")],
    "setup_step": [("admin", "/setup/owner/"), ("admin", "/setup/plan/"), ("admin", "/setup/logins/")],
    "tokens": [("municipal", "/accounts/tokens/")],
    "messages_mine": [("municipal", "/messages/")],
    "messages_log": [("municipal", "/messages/log/")],
    "webhooks": [("municipal", "/webhooks/")],
    "pulls": [("chunan-housing", "/pulls/"), ("municipal", "/pulls/")],
    "pull": [("chunan-housing", "/pulls/{pull}/"), ("municipal", "/pulls/{pull}/")],
    "guide": [("leader", "/help/")],
    "guide_api": [("leader", "/help/api/")],
    "problems": [(None, "/problems/")],
    "problem": [(None, "/problems/version-conflict/")],
}
# What is shown after an upload or an issue has been made; their own tests make them.
MADE = {
    "import_preview",
    "projects_preview",
    "flows_preview",
    "sheet_upload_preview",
    "peers_preview",
    "import_undo",
    "projects_undo",
    "flows_undo",
    "sheet_upload_undo",
    "peers_undo",
    "report",
    "token_usage",
    "webhook",
    "second_factor",
    "factor_totp",
    "passkey_new",
    "prove",
}
# What no person reads as a page: files, steps, probes, and what Swagger draws.
NO_PAGES = {
    "logout",
    "find_suggest",  # lines below the box, no page
    "set_language",
    "new_round",
    "end_round",
    "reminders",
    "notices_read",
    "dispatch_press",
    "matters_step",
    "sheet_step",
    "review_step",
    "evidence_file",
    "evidence_withdraw",
    "statement_file",
    "task_file",
    "matter_file",
    "bulletin_file",
    "report_rebuild",
    "report_file",
    "session_end",
    "factor_totp_end",
    "passkey_end",
    "factor_codes",
    "factor_reset_settle",
    "oidc",
    "oidc_back",
    "cas",
    "token_revoke",
    "token_confirm",
    "appearance",
    "favourite",
    "news_seen",
    "messages_test",
    "new_threshold",
    "threshold_drop",
    "robot_test",
    "letter_step",
    "message_open",
    "messages_read",
    "webhook_test",
    "webhook_renew",
    "webhook_replay",
    "webhook_end",
    "pull_now",
    "pull_end",
    "api_mcp",  # for programs
    "project_choices",  # for a field's script
    "project_amount",
    "project_progress",
    "project_state",
    "embedding_end",
    "embedded",
    "embedded_picture",  # tests/charts/test_embedding.py
    "setup",  # leads to a step; the first of an empty site: tests/seeding/test_site_setup.py
    "healthz",
    "readyz",
    "metrics",
    "api_docs",
    "api_schema",
}
FILES = (".xlsx", ".csv", "kind>")


def names() -> set[str]:
    """The name of every address outside the API and the back office that is not a file."""
    return set(_names(get_resolver(), ""))


def _names(resolver: URLResolver, prefix: str):
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if address.startswith(("admin/", "api/v1", "api/sdmx")):
            continue
        if isinstance(entry, URLPattern):
            if not address.endswith(FILES):
                yield entry.name
        else:
            yield from _names(entry, address)
