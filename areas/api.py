"""The areas as a list of the API."""

from dataclasses import replace

from areas.filters import AREA
from areas.models import Area
from lib.listapi.lists import Column, List, choice

AREAS = List(
    name="areas",
    item="Area",
    title="区划",
    tag="基础数据",
    description="设区市和所辖各地区。代码按 GB/T 2260，永不改变。",
    columns=(
        Column("code", "string", "code", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
        Column("name", "string", "name", "名称", example="云岭县"),
        Column("name_en", "string", "name_en", "英文名", example="Yunling"),
        Column("kind", "string", "kind", "类型：设区市、县、县级市", enum=Area.Kind.values),
        Column("parent", "string", "parent_id", "上级区划代码", is_nullable=True, is_code=True, example="330100"),
        Column("is_provincial_pilot", "boolean", "is_provincial_pilot", "是否省级试点"),
        Column("population_2020", "integer", "population_2020", "常住人口（人，七普）", is_nullable=True),
        Column("note", "string", "note", "说明"),
        Column("position", "integer", "position", "方案中的次序"),
    ),
    rows=lambda user, as_of: Area.objects.visible_to(user),
    key=("code",),
    filters=(replace(AREA, column="code"), choice("kind", Area.Kind.values, "类型")),
    is_same_for_all=True,
    unaffected_by=("reporting",),
)
