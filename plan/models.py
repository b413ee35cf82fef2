"""The plan as a text: documents, period, chapters, fields, milestones; and how a fact is known."""

from django.db import models

from areas.models import Area


class Cite(models.TextChoices):
    """How a fact is known. Only `plan` and `official` are certain."""

    PLAN = "plan", "方案起草说明原文"
    OFFICIAL = "official", "主管部门正式表"
    COUNTY = "county", "县（市）公开文件"
    PUBLIC = "public", "其他公开资料"
    INFERRED = "inferred", "本平台推定"
    DEMO = "demo", "演示数据"


CERTAIN = (Cite.PLAN, Cite.OFFICIAL)


class Cited(models.Model):
    """The provenance that every fact of the plan carries."""

    cite = models.CharField("依据类别", max_length=10, choices=Cite, default=Cite.OFFICIAL)
    words = models.TextField("原文", blank=True)
    source = models.CharField("出处", max_length=200, blank=True)
    note = models.TextField("说明", blank=True)

    class Meta:
        abstract = True

    @property
    def is_provisional(self) -> bool:
        return self.cite not in CERTAIN


class PolicyDocument(Cited):
    class Level(models.TextChoices):
        NATIONAL = "national", "国家"
        PROVINCIAL = "provincial", "省"
        MUNICIPAL = "municipal", "市"
        COUNTY = "county", "县（市）"

    code = models.CharField("代码", max_length=40, primary_key=True)
    title = models.CharField("标题", max_length=200)
    issuer = models.CharField("发文机关", max_length=120)
    issued = models.CharField("日期", max_length=10, blank=True, help_text="已知的精度：年、年-月或年-月-日")
    date_cite = models.CharField("日期依据", max_length=10, choices=Cite, default=Cite.PLAN)
    level = models.CharField("层级", max_length=12, choices=Level)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = "政策文件"

    def __str__(self):
        return self.title

    @property
    def is_date_provisional(self) -> bool:
        return self.date_cite not in CERTAIN


class Plan(models.Model):
    """The one plan that this installation monitors, and its period."""

    document = models.ForeignKey(PolicyDocument, models.PROTECT, related_name="+", verbose_name="文件")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name="城市")
    baseline_year = models.PositiveSmallIntegerField("基期年", default=2022)
    final_year = models.PositiveSmallIntegerField("目标年", default=2027)

    class Meta:
        verbose_name = verbose_name_plural = "方案"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(final_year__gt=models.F("baseline_year")), name="plan_ends_after_its_baseline"
            ),
        ]

    def __str__(self):
        return f"{self.document_id} {self.baseline_year}–{self.final_year}"


class Chapter(Cited):
    number = models.PositiveSmallIntegerField("章", primary_key=True)
    title = models.CharField("标题", max_length=60)
    subjects = models.TextField("主要内容", blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = "章节"

    def __str__(self):
        return f"第{self.number}章 {self.title}"


class Field(Cited):
    """领域: the plan's four fields of facilities, and what its other chapters need."""

    code = models.CharField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=40)
    name_en = models.CharField("英文名", max_length=60)
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = verbose_name_plural = "领域"

    def __str__(self):
        return self.name


class Milestone(Cited):
    year = models.PositiveSmallIntegerField("年份", unique=True)

    class Meta:
        ordering = ["year"]
        verbose_name = verbose_name_plural = "里程碑"

    def __str__(self):
        return str(self.year)


class GovernanceBody(Cited):
    name = models.CharField("机构", max_length=60, unique=True)
    members = models.CharField("成员", max_length=200, blank=True)
    duty = models.CharField("职责", max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = verbose_name_plural = "组织机构"

    def __str__(self):
        return self.name
