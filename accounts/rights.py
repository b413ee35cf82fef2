"""What a role opens, in words: for the log, where somebody changes what a permission is computed from."""

from accounts.models import ROLE_OF_KIND, Organisation, User

Role = User.Role
ACTS: dict[str, tuple[str, ...]] = {
    Role.ADMINISTRATOR: ("管理账号、单位和令牌", "导入正式表和官方数值"),
    Role.MUNICIPAL: (
        "审核、退回、重新开放各地区的报送",
        "导入正式表",
        "登记任务、项目和资金",
        "交办、核实、销号督办事项",
    ),
    Role.LEADER: ("交办、核实、销号督办事项",),
    Role.COUNTY: ("提交本地区的报送", "登记本地区的项目和资金", "向本地区部门交办督办事项"),
    Role.BUREAU: ("填报本单位负责的指标和项目",),
    Role.DEPARTMENT: (),
    Role.SYSTEM: ("管理账号和单位，不看数据",),
    Role.SECURITY: ("授予角色、管理令牌和锁定，不看数据",),
    Role.AUDITOR: ("只看操作日志",),
}


def rights_of(user: User) -> list[str]:
    """What this user may see and do beyond what every login may; nothing while switched off."""
    if not user.is_active:
        return []
    rights = list(ACTS[user.role])
    if user.sees_all_counties:
        rights.insert(0, "看全部地区的报送")
    elif user.own_area_code and user.organisation:
        rights.insert(0, f"看{user.organisation.area.name}的报送")
    if user.own_unit_id is not None and user.organisation:
        rights.append(f"代表{user.organisation.name}，管理其令牌")
    if user.is_staff:
        rights.append("进后台")
    return rights


def rights_in(unit: Organisation) -> list[str]:
    """What the people and tokens of a unit may."""
    return rights_of(User(role=ROLE_OF_KIND[unit.kind], organisation=unit))


def opened_words(before: list[str], after: list[str]) -> str:
    """ "开放：…。收回：…。", empty where nothing moves."""
    opened = [right for right in after if right not in before]
    closed = [right for right in before if right not in after]
    words = f"开放：{'；'.join(opened)}。" if opened else ""
    return words + (f"收回：{'；'.join(closed)}。" if closed else "")
