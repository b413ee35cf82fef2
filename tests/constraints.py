"""What the tests of the database's named rules share: which rules there are, and whether the database holds one."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction


def named_constraints(*names: str) -> dict[str, models.BaseConstraint]:
    """Those that this project named in these apps; a check that Django adds to a positive field is no rule of ours."""
    found = [model._meta.constraints for name in names for model in apps.get_app_config(name).get_models()]
    return {constraint.name: constraint for constraints in found for constraint in constraints}


def assert_refused(constraint: models.BaseConstraint, attempt: Callable[[], object]) -> None:
    """The attempt breaks this rule and no other."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        attempt()
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        columns = str(refused.value).split(": ")[1].split(", ")
        assert [name.rpartition(".")[2].removesuffix("_id") for name in columns] == list(constraint.fields)
    else:
        assert constraint.name in str(refused.value)
