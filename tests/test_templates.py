"""Templates that can be reviewed: short lines, few branches. What is not there yet stands in `LEFT`, which may only
shrink."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "templates"
WIDTH = 160  # characters of a line
BRANCHES = 12  # ifs and loops of a template
BRANCH = re.compile(r"\{%-?\s*(?:if|elif|for|ifchanged)\b")
LEFT: dict[str, tuple[int, int]] = {  # (lines too wide, branches)
    "400.html": (1, 1),
    "403.html": (1, 0),
    "404.html": (1, 1),
    "500.html": (1, 0),
    "503.html": (1, 0),
    "_banners.html": (1, 4),
    "_form.html": (3, 10),
    "access/token_usage.html": (3, 1),
    "access/tokens.html": (8, 25),
    "accounts/locked.html": (1, 2),
    "admin/app_list.html": (3, 9),
    "admin/index.html": (4, 1),
    "admin/responsibilities.html": (4, 7),
    "admin/versioned_form.html": (2, 6),
    "figures/_adjusted.html": (6, 13),
    "figures/_cover.html": (4, 20),
    "figures/_forecast.html": (1, 4),
    "figures/_grade.html": (1, 1),
    "figures/_import_lines.html": (1, 4),
    "figures/_range.html": (1, 1),
    "figures/_reliability.html": (2, 4),
    "figures/_stamp.html": (2, 5),
    "figures/_switches.html": (3, 9),
    "figures/_versions.html": (2, 10),
    "figures/causes.html": (7, 22),
    "figures/cell.html": (12, 22),
    "figures/compare.html": (10, 29),
    "figures/import_preview.html": (1, 6),
    "figures/indicator.html": (11, 23),
    "figures/indicator_list.html": (3, 8),
    "figures/retarget.html": (4, 7),
    "figures/trust.html": (14, 12),
    "figures/whatif.html": (11, 32),
    "funding/_checks.html": (3, 4),
    "funding/_crosstab.html": (3, 7),
    "funding/_match.html": (1, 5),
    "funding/_matching.html": (7, 12),
    "funding/_switches.html": (3, 8),
    "funding/flow.html": (3, 7),
    "funding/flows.html": (9, 22),
    "funding/funding.html": (12, 21),
    "funding/new_flow.html": (1, 0),
    "funding/rule.html": (5, 16),
    "funding/upload_preview.html": (1, 4),
    "history/_journal_tabs.html": (1, 4),
    "history/_pairs.html": (1, 4),
    "history/audit_log.html": (9, 11),
    "history/changes.html": (15, 27),
    "history/recompute_runs.html": (5, 7),
    "operations/api_docs.html": (1, 0),
    "operations/guide.html": (1, 2),
    "planning/_due.html": (1, 3),
    "planning/_form.html": (2, 6),
    "planning/_progress.html": (1, 4),
    "planning/commitment.html": (13, 35),
    "planning/commitments.html": (6, 16),
    "planning/meetings.html": (3, 8),
    "planning/plan.html": (15, 33),
    "planning/task.html": (5, 9),
    "planning/task_form.html": (1, 3),
    "planning/tasks.html": (8, 17),
    "projects/_field.html": (1, 1),
    "projects/_filters.html": (9, 19),
    "projects/_investment.html": (4, 3),
    "projects/_origin.html": (1, 2),
    "projects/form.html": (4, 11),
    "projects/project.html": (15, 33),
    "projects/register.html": (10, 20),
    "reporting/_about.html": (1, 3),
    "reporting/_actions.html": (5, 10),
    "reporting/_closing.html": (2, 2),
    "reporting/_exceptions.html": (1, 4),
    "reporting/_files.html": (2, 5),
    "reporting/_review.html": (3, 11),
    "reporting/_row.html": (5, 33),
    "reporting/evidence.html": (6, 6),
    "reporting/notices.html": (3, 3),
    "reporting/progress.html": (9, 25),
    "reporting/review.html": (4, 5),
    "reporting/sheet.html": (8, 26),
    "reporting/thread.html": (4, 9),
    "reporting/upload.html": (1, 0),
    "reporting/upload_preview.html": (2, 2),
    "reporting/worklist.html": (4, 12),
    "reports/report.html": (6, 10),
    "reports/reports.html": (3, 7),
    "seeding/_made_logins.html": (3, 1),
    "seeding/setup.html": (11, 35),
}


def measured() -> dict[str, tuple[int, int]]:
    """Template → (lines wider than WIDTH, branches)."""
    found = {}
    for path in sorted(ROOT.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        wide = sum(len(line) > WIDTH for line in text.splitlines())
        found[path.relative_to(ROOT).as_posix()] = (wide, len(BRANCH.findall(text)))
    return found


def is_over(wide: int, branches: int) -> bool:
    return wide > 0 or branches > BRANCHES


def test_templates_are_narrow_and_branch_little():
    over = {name: numbers for name, numbers in measured().items() if is_over(*numbers)}
    assert sorted(set(over) - set(LEFT)) == []
    worse = {
        name: (over[name], allowed)
        for name, allowed in LEFT.items()
        if name in over and any(now > then for now, then in zip(over[name], allowed, strict=True))
    }
    assert worse == {}


def test_what_is_mended_leaves_the_list():
    known = measured()
    assert [name for name in LEFT if name not in known or not is_over(*known[name])] == []


def test_a_wide_line_and_a_branch_are_counted():
    assert len(BRANCH.findall("{% if a %}{% elif b %}{% else %}{% endif %}{% for c in d %}{% endfor %}")) == 3
    assert is_over(1, 0)
    assert is_over(0, BRANCHES + 1)
    assert not is_over(0, BRANCHES)
