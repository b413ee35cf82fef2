/** What the service answered instead (RFC 9457): `type` for programs, `detail` in words. */
export class Problem extends Error {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  readonly members: Record<string, unknown>;
}

/** A file that arrived is not the one that was sent. */
export class Damaged extends Error {}

/** A webhook that is not the platform's, was altered on its way, or is an old one sent again. */
export class Forged extends Error {}

export class Platform {
  constructor(address: string, token: string, options?: { timeout?: number });
  rows<Name extends keyof Lists>(name: Name, filters?: Lists[Name]["filters"]): AsyncGenerator<Lists[Name]["row"]>;
  changes(cursor?: number, filters?: Lists["changes"]["filters"]): AsyncGenerator<Change>;
  follow(file: string, filters?: Lists["changes"]["filters"]): AsyncGenerator<Change>;
  snapshot(file: string, options?: { number?: number | "latest"; after?: number }): Promise<number>;
  entries(area: string, year: number): Promise<{ entries: StoredEntries["entries"]; tag: string }>;
  putEntries(
    area: string,
    year: number,
    entries: EntriesRequest["entries"],
    options?: { dryRun?: boolean; tag?: string; key?: string },
  ): Promise<EntriesResult>;
  takeStep(
    area: string,
    year: number,
    step: string,
    details?: Record<string, unknown>,
    options?: { key?: string },
  ): Promise<StepResult>;
}

export function checkedWebhook(
  secret: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  options?: { tolerance?: number },
): { type: string; timestamp: string; data: Record<string, unknown> };

export interface Aggregate {
  /** 城市的区划代码；所选的几个地区为用 + 连起来的代码 */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 汇总的数；没有可汇总的为 null */
  value: number | null;
  /** 分子之和；相加的指标为 null */
  numerator: number | null;
  /** 分母之和 */
  denominator: number | null;
  /** sum 相加，ratio 分子之和÷分母之和 */
  method: "sum" | "ratio";
  /** 汇总了几个地区 */
  counted: number;
  /** 共有几个地区 */
  counties: number;
  /** 汇总了哪些地区 */
  included: string;
  /** 由各地区的数算出，不是填报的：总为 true */
  is_computed: boolean;
  /** 至少一个地区的数是演示数据 */
  is_demo: boolean;
  /** 至少一项输入为暂定 */
  is_provisional: boolean;
}

export interface AggregatePage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Aggregate)[];
}

export interface Area {
  /** 区划代码（GB/T 2260，六位） */
  code: string;
  /** 名称 */
  name: string;
  /** 英文名 */
  name_en: string;
  /** 类型：设区市、县、县级市 */
  kind: "city" | "county" | "county_level_city" | "district";
  /** 上级区划代码 */
  parent: string | null;
  /** 是否省级试点 */
  is_provincial_pilot: boolean;
  /** 常住人口（人，七普） */
  population_2020: number | null;
  /** 说明 */
  note: string;
  /** 方案中的次序 */
  position: number;
}

export interface AreaPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Area)[];
}

export interface Assessment {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 实际值 */
  value: number | null;
  /** 本地区年度目标 */
  target: number | null;
  /** 省定标准 */
  standard: number | null;
  /** 年度目标区间的上限，只有方向为 0 的指标有；target 是下限 */
  target_high: number | null;
  /** 省定标准区间的上限 */
  standard_high: number | null;
  /** 与目标的差距，正数为优于目标 */
  gap: number | null;
  /** 完成率 */
  attainment: number | null;
  /** 与省定标准的差距，正数为优于标准 */
  standard_gap: number | null;
  /** 目标与省定标准的差距，负数为目标定得比标准低 */
  ambition_gap: number | null;
  /** 比上年的变化 */
  change: number | null;
  /** 基期以来年均变化 */
  mean_change: number | null;
  /** 到目标年为止每年需要的变化 */
  required_change: number | null;
  /** 进度：已完成份额 ÷ 应完成份额 */
  pace: number | null;
  /** 按年均变化推算的目标年数值 */
  projection: number | null;
  /** 达到目标年目标的可能性，0 至 1，由该年及以前的官方数值推算；无法判断为 null */
  probability: number | null;
  /** 80% 区间的下限：有值的年份为目标年数值的区间，此后的年份为当年数值的区间 */
  range_low: number | null;
  /** 80% 区间的上限 */
  range_high: number | null;
  /** 与目标比较 */
  status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_target" | "not_applicable";
  /** 与省定标准比较 */
  standard_status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_standard" | "not_applicable";
  /** 到目标年的前景 */
  outlook: "achieved" | "missed" | "moving_away" | "on_track" | "undecided" | "accelerate" | "limited" | "unknown";
  /** 比上年变差 */
  is_slipping: boolean;
  /** 所用实际值的版本 */
  value_version: number | null;
  /** 所用目标的版本 */
  target_version: number | null;
  /** 所用省定标准的版本 */
  standard_version: number | null;
  /** 所用口径的版本 */
  definition_version: number;
  /** 至少一项输入是演示数据 */
  is_demo: boolean;
  /** 至少一项输入为暂定 */
  is_provisional: boolean;
  /** 评估规则的版本 */
  rule_version: string;
  /** 可能性的等级：very_likely 不低于 0.85、likely 不低于 0.65、even 不低于 0.35、unlikely 不低于 0.15、very_unlikely 不低于 0.0；没有的 unknown */
  grade: "very_likely" | "likely" | "even" | "unlikely" | "very_unlikely" | "unknown";
  /** 推算方法的版本 */
  forecast_version: string;
  /** 评估时间；as_of 为当场计算，没有此项 */
  assessed_at: string | null;
}

export interface AssessmentExplained {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 实际值 */
  value: number | null;
  /** 本地区年度目标 */
  target: number | null;
  /** 省定标准 */
  standard: number | null;
  /** 年度目标区间的上限，只有方向为 0 的指标有；target 是下限 */
  target_high: number | null;
  /** 省定标准区间的上限 */
  standard_high: number | null;
  /** 与目标的差距，正数为优于目标 */
  gap: number | null;
  /** 完成率 */
  attainment: number | null;
  /** 与省定标准的差距，正数为优于标准 */
  standard_gap: number | null;
  /** 目标与省定标准的差距，负数为目标定得比标准低 */
  ambition_gap: number | null;
  /** 比上年的变化 */
  change: number | null;
  /** 基期以来年均变化 */
  mean_change: number | null;
  /** 到目标年为止每年需要的变化 */
  required_change: number | null;
  /** 进度：已完成份额 ÷ 应完成份额 */
  pace: number | null;
  /** 按年均变化推算的目标年数值 */
  projection: number | null;
  /** 达到目标年目标的可能性，0 至 1，由该年及以前的官方数值推算；无法判断为 null */
  probability: number | null;
  /** 80% 区间的下限：有值的年份为目标年数值的区间，此后的年份为当年数值的区间 */
  range_low: number | null;
  /** 80% 区间的上限 */
  range_high: number | null;
  /** 与目标比较 */
  status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_target" | "not_applicable";
  /** 与省定标准比较 */
  standard_status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_standard" | "not_applicable";
  /** 到目标年的前景 */
  outlook: "achieved" | "missed" | "moving_away" | "on_track" | "undecided" | "accelerate" | "limited" | "unknown";
  /** 比上年变差 */
  is_slipping: boolean;
  /** 所用实际值的版本 */
  value_version: number | null;
  /** 所用目标的版本 */
  target_version: number | null;
  /** 所用省定标准的版本 */
  standard_version: number | null;
  /** 所用口径的版本 */
  definition_version: number;
  /** 至少一项输入是演示数据 */
  is_demo: boolean;
  /** 至少一项输入为暂定 */
  is_provisional: boolean;
  /** 评估规则的版本 */
  rule_version: string;
  /** 可能性的等级：very_likely 不低于 0.85、likely 不低于 0.65、even 不低于 0.35、unlikely 不低于 0.15、very_unlikely 不低于 0.0；没有的 unknown */
  grade: "very_likely" | "likely" | "even" | "unlikely" | "very_unlikely" | "unknown";
  /** 推算方法的版本 */
  forecast_version: string;
  /** 评估时间；as_of 为当场计算，没有此项 */
  assessed_at: string | null;
  explanation: { zh: (string)[]; en: (string)[] };
}

export interface AssessmentPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Assessment)[];
}

export interface Change {
  /** 编号 */
  number: number;
  /** 变动生效的时间 */
  at: string;
  /** 类别 */
  kind: "approved" | "revised" | "reopened" | "retargeted" | "redefined" | "withdrawn" | "recomputed";
  /** 哪一列数；不是数的变动为 null */
  series: "OBS" | "TARGET" | "STANDARD" | null;
  /** 区划代码（GB/T 2260） */
  area: string | null;
  /** 指标代码 */
  indicator: string | null;
  /** 年份 */
  year: number | null;
  /** 版本；撤回时为被撤回的版本 */
  version: number | null;
  /** 新值；撤回时为 null */
  value: number | null;
  /** 原值；没有则为 null */
  previous: number | null;
  /** 经办 */
  actor: string;
  /** 理由 */
  reason: string;
  /** 依据文件或出处 */
  document: string;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 重算的范围和格数；口径的原值和新值 */
  details: Record<string, unknown> | null;
}

export interface ChangePage {
  /** 下次从这里取；没有新行时也有 */
  next: string;
  previous: null;
  results: (Change)[];
  /** 已取到的最后一个编号 */
  cursor: number;
}

export interface Commitment {
  /** 承诺编号 */
  code: string;
  /** 承诺 */
  name: string;
  /** 范围：合计、各地区、单独一个地区 */
  scope: "total" | "each" | "area";
  /** 区划代码；各地区合计为空 */
  area: string;
  /** 年份；不分年为 0 */
  year: number;
  /** 单位 */
  unit: string;
  /** 超过（>）、不少于（>=）、低于（<）、不超过（<=）、等于（=） */
  comparison: "" | ">" | ">=" | "<" | "<=" | "=";
  /** 承诺值 */
  promised: number | null;
  /** 已完成；没有数据为空 */
  done: number | null;
  /** 按序时进度应完成 */
  expected: number | null;
  /** 状态 */
  status: "fulfilled" | "on_track" | "behind" | "broken" | "not_due" | "unknown";
  /** 方案原文 */
  words: string;
  /** 最近的书面说明 */
  statement: string;
  /** 口径或年份是本平台的读法 */
  is_provisional: boolean;
  /** 含演示数据：并非真实 */
  is_demo: boolean;
}

export interface CommitmentPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Commitment)[];
}

export interface Contradiction {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 年份 */
  year: number;
  /** 规则代码 */
  rule: string;
  /** 规则版本 */
  rule_version: number;
  /** 规则 */
  text: string;
  /** hard 强制性，soft 核实性 */
  severity: "hard" | "soft";
  /** 所涉指标，用逗号隔开 */
  indicators: string;
  /** 左边的数 */
  left: number;
  /** 右边的数 */
  right: number;
  /** 一句话 */
  words: string;
}

export interface ContradictionPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Contradiction)[];
}

export interface EntriesRequest {
  /** 只检查，不保存 */
  dry_run?: boolean;
  entries: (TypedEntry)[];
}

export interface EntriesResult {
  /** 内容有变的指标 */
  changed: (string)[];
  /** 保存后整张表的 ETag，可放在下一次的 If-Match 里 */
  etag: string;
  entries: (SavedEntry)[];
}

export interface Fault {
  /** 第几项，从 0 起；null 为整个请求 */
  index: number | null;
  /** 这一项的代码 */
  indicator: string | null;
  type: "/problems/invalid-request/" | "/problems/bad-parameter/" | "/problems/unreadable-body/" | "/problems/unusable-file/" | "/problems/not-logged-in/" | "/problems/token-not-recognised/" | "/problems/not-allowed/" | "/problems/missing-scope/" | "/problems/session-not-verified/" | "/problems/not-found/" | "/problems/method-not-allowed/" | "/problems/not-acceptable/" | "/problems/incomplete-request/" | "/problems/wrong-state/" | "/problems/not-ready/" | "/problems/version-conflict/" | "/problems/stale-preview/" | "/problems/request-under-way/" | "/problems/precondition-failed/" | "/problems/too-large/" | "/problems/unsupported-format/" | "/problems/idempotency-key-reused/" | "/problems/too-many-requests/" | "/problems/too-many-at-once/" | "/problems/server-error/" | "/problems/not-offered/" | "/problems/unavailable/";
  words: string;
}

export interface Finding {
  code: string;
  words: string;
  /** 数据间规则的代码；contradiction 以外为 null */
  rule: string | null;
  /** 规则所涉的另一项已写明原因，本项不必再说明 */
  is_settled: boolean;
  /** 拿哪些数比出来的 */
  compared: ({ what: string; value: number })[];
}

export interface Flow {
  /** 流水号 */
  id: number;
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 资金年度 */
  year: number;
  /** 资金代码 */
  source: string;
  /** 资金来源 */
  source_name: string;
  /** 项目编号 */
  project: string | null;
  /** 领域代码 */
  field: string | null;
  /** 阶段 */
  state: "planned" | "allocated" | "arrived" | "paid";
  /** 金额（万元）；更正可以为负 */
  amount_wan: number;
  /** 办理日期 */
  happened_on: string;
  /** 文号 */
  document: string;
  /** 原始、更正 */
  kind: "original" | "correction";
  /** 更正的是哪一笔 */
  corrects: number | null;
  /** 理由 */
  reason: string;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 记录时间 */
  recorded_at: string;
}

export interface FlowPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Flow)[];
}

export interface Indicator {
  /** 指标代码 */
  code: string;
  /** 次序 */
  position: number;
  /** 口径版本 */
  version: number;
  /** 名称 */
  name: string;
  /** 英文名 */
  name_en: string;
  /** 计量单位 */
  unit: string;
  /** 小数位 */
  decimals: number;
  /** 方向：1 越高越好，-1 越低越好，0 在区间内 */
  direction: number;
  /** 约束性 binding、预期性 expected；空为方案没有区分 */
  force: "" | "binding" | "expected";
  /** 阶段的名称，按先后用 / 隔开，第一个的值为 0；空为不分阶段 */
  stages: string;
  /** 阶段的英文名，一一对应；空为没有 */
  stages_en: string;
  /** 只有这些地区有，用顿号隔开；空为各地都有 */
  only_areas: string;
  /** 从哪一年起才有 */
  first_year: number | null;
  /** 到哪一年为止 */
  last_year: number | null;
  /** 从这一年起口径与以前不同，前后不可直接比较 */
  break_year: number | null;
  /** 口径怎样改变 */
  break_note: string;
  /** 性质：年度水平、累计 */
  kind: "level" | "cumulative";
  /** 容差，按本指标单位 */
  tolerance: number;
  /** 容差依据 */
  tolerance_cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 下限 */
  lower_bound: number | null;
  /** 上限 */
  upper_bound: number | null;
  /** 领域代码 */
  field: string;
  /** 领域名称 */
  field_name: string;
  /** 方案第几章 */
  chapter: number;
  /** 来源：省定、市特色 */
  origin: "provincial" | "municipal";
  /** 责任部门 */
  owner: string;
  /** 计算方法 */
  definition: string;
  /** 自动取数的登记簿；空为人工填报 */
  derived_from: string;
  /** 分子；空为不是比率，或没有写明 */
  numerator_name: string;
  /** 分子的单位 */
  numerator_unit: string;
  /** 分子取自哪里 */
  numerator_source: string;
  /** 分母 */
  denominator_name: string;
  /** 分母的单位 */
  denominator_unit: string;
  /** 分母取自哪里 */
  denominator_source: string;
  /** 分子÷分母乘以多少得出数值；没有分子、分母为 null */
  parts_factor: number | null;
  /** 分子、分母的依据 */
  parts_cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 全市的数怎样得出；空为不汇总 */
  aggregation: "" | "sum" | "ratio";
  /** 可以按季知道 */
  is_quarterly: boolean;
  /** 依据类别 */
  cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 原文 */
  words: string;
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 依据文件代码 */
  document: string | null;
  /** 依据文件标题 */
  document_title: string | null;
  /** 这一版本的理由 */
  reason: string;
  /** 途径 */
  recorded_via: "fixture" | "import" | "edit" | "approval" | "demo" | "rule";
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 暂定：尚非主管部门正式表 */
  is_provisional: boolean;
  /** 这一版本的记录时间 */
  recorded_at: string;
}

export interface IndicatorPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Indicator)[];
}

export interface JsonStat {
  version: "2.0";
  class: "dataset";
  label?: string;
  source?: string;
  id: (string)[];
  size: (number)[];
  role?: Record<string, unknown>;
  updated?: string;
  dimension: Record<string, unknown>;
  value: (number | null)[];
  /** 按位置：is_demo 演示数据，is_provisional 暂定，两者以加号相连；没有的为正式数值 */
  status?: Record<string, string>;
}

export interface Matching {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 资金年度 */
  year: number;
  /** 基数（万元） */
  base: number | null;
  /** 已配套（万元） */
  matched: number | null;
  /** 最低配套比例 */
  floor: number | null;
  /** 配套比例 = 已配套 ÷ 基数；基数为 0 时为空 */
  ratio: number | null;
  /** 欠配（万元）= max(0, 最低比例 × 基数 − 已配套) */
  owed: number | null;
  /** 达到、接近、不足、豁免、无基数、无规则 */
  status: "met" | "near" | "short" | "exempt" | "no_base" | "no_rule";
  /** 比例较上年变化 */
  ratio_change: number | null;
  /** 上级资金已支付（万元） */
  upper_paid: number | null;
  /** 上级资金支付快于县级配套 */
  is_ahead: boolean;
  /** 规则版本 */
  rule_version: number | null;
  /** 由演示数据算出：并非真实 */
  is_demo: boolean;
}

export interface MatchingPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Matching)[];
}

export interface Matter {
  /** 督办编号 */
  code: string;
  /** 事项 */
  title: string;
  /** 要求 */
  words: string;
  /** 来源 */
  origin: "line" | "decision" | "instruction" | "conflict";
  /** 所关联对象的类别 */
  about_kind: string;
  /** 所关联对象的键 */
  about_key: string;
  /** 区划代码；不分县为空 */
  area: string | null;
  /** 承办单位代码 */
  owner: string;
  /** 交办时间 */
  issued_at: string;
  /** 办理期限 */
  due_on: string;
  /** 申请延期至 */
  asked_due_on: string | null;
  /** 状态 */
  state: "issued" | "signed" | "under_way" | "reported" | "verified" | "closed" | "withdrawn";
  /** 完成比例（%） */
  percent_done: number | null;
  /** 升级次数 */
  level: number;
  /** 关联指标；不关联为空 */
  indicator: string | null;
  /** 关联年份；不关联为空 */
  year: number | null;
  /** 数据反复，申请恢复办理 */
  asks_reopening: boolean;
  /** 销号时间 */
  closed_at: string | null;
  /** 版本，每一步加一 */
  version: number;
  /** 演示数据：并非真实 */
  is_demo: boolean;
}

export interface MatterPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Matter)[];
}

export interface Nowcast {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 年末推算，按指标单位 */
  value: number | null;
  /** 由历年变化推算的 80% 区间的下限；没有为 null */
  range_low: number | null;
  /** 80% 区间的上限 */
  range_high: number | null;
  /** 怎样推算：上年同期的节奏、各季均匀、历年变化 */
  basis: "same_quarter" | "evenly" | "past_changes";
  /** 季度数的来源：填报、登记簿；没有季度数为 null */
  source: "entered" | "register" | null;
  /** 最近的季度；没有季度数为 null */
  quarter: number | null;
  /** 总为 false */
  is_official: boolean;
  /** 演示数据：并非真实 */
  is_demo: boolean;
}

export interface NowcastPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Nowcast)[];
}

export interface Observation {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 数值，按指标单位 */
  value: number;
  /** 数值由它除以 denominator 得出；只有结果的为 null */
  numerator: number | null;
  /** 分母 */
  denominator: number | null;
  /** 阶段是哪一天达到的；不分阶段的为 null */
  reached_on: string | null;
  /** 这一数字的版本 */
  version: number;
  /** 依据类别 */
  cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 原文 */
  words: string;
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 依据文件代码 */
  document: string | null;
  /** 依据文件标题 */
  document_title: string | null;
  /** 这一版本的理由 */
  reason: string;
  /** 途径 */
  recorded_via: "fixture" | "import" | "edit" | "approval" | "demo" | "rule";
  /** 年份依据；空为原文写明 */
  year_cite: "" | "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 暂定：尚非主管部门正式表 */
  is_provisional: boolean;
  /** 这一版本成为官方数值的时间 */
  approved_at: string;
}

export interface ObservationPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Observation)[];
}

export interface ProblemBody {
  type: "/problems/invalid-request/" | "/problems/bad-parameter/" | "/problems/unreadable-body/" | "/problems/unusable-file/" | "/problems/not-logged-in/" | "/problems/token-not-recognised/" | "/problems/not-allowed/" | "/problems/missing-scope/" | "/problems/session-not-verified/" | "/problems/not-found/" | "/problems/method-not-allowed/" | "/problems/not-acceptable/" | "/problems/incomplete-request/" | "/problems/wrong-state/" | "/problems/not-ready/" | "/problems/version-conflict/" | "/problems/stale-preview/" | "/problems/request-under-way/" | "/problems/precondition-failed/" | "/problems/too-large/" | "/problems/unsupported-format/" | "/problems/idempotency-key-reused/" | "/problems/too-many-requests/" | "/problems/too-many-at-once/" | "/problems/server-error/" | "/problems/not-offered/" | "/problems/unavailable/";
  title: string;
  status: number;
  detail: string;
  /** 有误的参数 */
  parameter?: string;
  /** 与 parameter 不能并用的另一个参数 */
  contradicts?: string;
  /** 可用的参数 */
  known?: (string)[];
  /** 一次发送多项时：每一处不能照收的地方 */
  errors?: (Fault)[];
}

export interface Project {
  /** 项目编号 */
  code: string;
  /** 项目名称 */
  name: string;
  /** 份额最大的地区的区划代码 */
  area: string;
  /** 领域代码 */
  field: string;
  /** 领域 */
  field_name: string;
  /** 方案第几章 */
  chapter: number | null;
  /** 责任单位 */
  organisation: string | null;
  /** 产业项目 */
  is_industrial: boolean;
  /** 前期、在建、完工、停滞、取消 */
  state: "planned" | "started" | "completed" | "stalled" | "cancelled";
  /** 开工：年、年-月或年-月-日；不详为空 */
  starts: string;
  /** 计划完工，写法同上 */
  ends: string;
  /** 实际完工，写法同上 */
  completed: string;
  /** 落地日期 */
  landed_on: string | null;
  /** 落地认定 */
  landing_basis: "" | "signed" | "approved" | "land" | "started" | "operating";
  /** 落地认定说明 */
  landing_words: string;
  /** 总投资（亿元）：各阶段投资额中现行有效的一笔；没有则为空 */
  total_yi: number | null;
  /** 累计完成投资（亿元），自开工起 */
  completed_yi: number | null;
  /** 进展年份 */
  reported_year: number | null;
  /** 进展季度 */
  reported_quarter: number | null;
  /** 公开信息、单位填报、演示数据 */
  origin: "public" | "entered" | "demo";
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 版本 */
  version: number;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 最近变动 */
  updated_at: string | null;
}

export interface ProjectDetailed {
  /** 项目编号 */
  code: string;
  /** 项目名称 */
  name: string;
  /** 份额最大的地区的区划代码 */
  area: string;
  /** 领域代码 */
  field: string;
  /** 领域 */
  field_name: string;
  /** 方案第几章 */
  chapter: number | null;
  /** 责任单位 */
  organisation: string | null;
  /** 产业项目 */
  is_industrial: boolean;
  /** 前期、在建、完工、停滞、取消 */
  state: "planned" | "started" | "completed" | "stalled" | "cancelled";
  /** 开工：年、年-月或年-月-日；不详为空 */
  starts: string;
  /** 计划完工，写法同上 */
  ends: string;
  /** 实际完工，写法同上 */
  completed: string;
  /** 落地日期 */
  landed_on: string | null;
  /** 落地认定 */
  landing_basis: "" | "signed" | "approved" | "land" | "started" | "operating";
  /** 落地认定说明 */
  landing_words: string;
  /** 总投资（亿元）：各阶段投资额中现行有效的一笔；没有则为空 */
  total_yi: number | null;
  /** 累计完成投资（亿元），自开工起 */
  completed_yi: number | null;
  /** 进展年份 */
  reported_year: number | null;
  /** 进展季度 */
  reported_quarter: number | null;
  /** 公开信息、单位填报、演示数据 */
  origin: "public" | "entered" | "demo";
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 版本 */
  version: number;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 最近变动 */
  updated_at: string | null;
  /** 各地区份额，合计为 1 */
  shares: ({ area: string; share: number; is_inferred: boolean })[];
  /** 各阶段投资额（亿元）；counts 为计入总投资的一笔，corrects 为所更正的一笔 */
  amounts: ({ id: number; stage: "planned" | "signed" | "feasibility" | "approved" | "design" | "estimate"; amount_yi: number; dated: string; source: string; corrects: number | null; counts: boolean })[];
  /** 年度投资计划（亿元） */
  schedule: ({ year: number; planned_yi: number })[];
  /** 现行的季度进展；completed_yi 自开工累计（亿元） */
  progress: ({ year: number; quarter: number; version: number; completed_yi: number | null; image: string; problem: string; next_step: string })[];
  /** 对指标的预期贡献，按指标单位，正数为缩小差距 */
  contributions: ({ indicator: string; area: string; year: number; value: number })[];
}

export interface ProjectPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Project)[];
}

export interface QuarterlyFigure {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 季度，按 SDMX 的写法 */
  period: string;
  /** 第几季度 */
  quarter: number;
  /** 数值，按指标单位 */
  value: number;
  /** 来源：填报、登记簿 */
  source: "entered" | "register";
  /** 这一数字的版本；登记簿的数为 null */
  version: number | null;
  /** 总为 false */
  is_official: boolean;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 记录时间；登记簿的数为 null */
  recorded_at: string | null;
}

export interface QuarterlyFigurePage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (QuarterlyFigure)[];
}

export interface QuartersRequest {
  /** 只检查，不保存 */
  dry_run?: boolean;
  quarters: (TypedQuarter)[];
}

export interface QuartersResult {
  /** 有变化的（dry_run 时为会有变化的） */
  changed: ({ indicator: string; period: string })[];
  /** 保存后的 ETag，可放在下一次的 If-Match 里 */
  etag: string;
  quarters: (StoredQuarter)[];
}

export interface ReferenceSource {
  /** 编号 */
  id: number;
  /** 名称 */
  title: string;
  /** 数据来源 */
  publisher: string;
  /** 使用许可 */
  licence: string;
  /** 地区数 */
  areas: number;
  /** 指标数 */
  indicators: number;
  /** 数值个数 */
  values_count: number;
  /** 起始年份 */
  first_year: number;
  /** 最后年份 */
  last_year: number;
  /** 途径 */
  recorded_via: "page" | "command" | "demo";
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 导入时间 */
  recorded_at: string;
  /** 撤下时间；没有撤下为 null */
  withdrawn_at: string | null;
  /** 撤下的理由 */
  withdrawn_reason: string;
}

export interface ReferenceSourcePage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (ReferenceSource)[];
}

export interface Resource {
  /** 本接口里的名称 */
  identifier: string;
  /** 信息资源代码：代码前段加固定的顺序号；没有写明的为 null */
  code: string | null;
  /** 信息资源名称 */
  name: string;
  /** 信息资源提供方：方案的编制单位 */
  provider: string;
  /** 信息资源提供方代码：统一社会信用代码；没有写明的为 null */
  provider_code: string | null;
  /** 信息资源摘要 */
  summary: string;
  /** 信息资源格式 */
  formats: string;
  /** 信息项：名称（数据类型）；说明见 schema */
  fields: string;
  /** 共享类型；没有写明的为 null */
  sharing_type: string | null;
  /** 共享条件；没有写明的为 null */
  sharing_condition: string | null;
  /** 共享方式 */
  sharing_method: string;
  /** 开放类型；没有写明的为 null */
  opening_type: string | null;
  /** 开放条件；没有写明的为 null */
  opening_condition: string | null;
  /** 更新周期；实时：答的总是那一刻有效的数 */
  update_cycle: string;
  /** 发布日期；没有写明的为 null */
  published_on: string | null;
  /** 取数的地址 */
  address: string;
  /** 行的 JSON Schema 的地址 */
  schema: string;
}

export interface ResourcePage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Resource)[];
}

export interface SavedEntry {
  indicator: string;
  value: number | null;
  /** 分子；只填结果的为 null */
  numerator: number | null;
  /** 分母 */
  denominator: number | null;
  /** 阶段是哪一天达到的 */
  reached_on: string | null;
  explanation: string;
  /** 新版本 */
  version: number;
  findings: { hard: (Finding)[]; soft: (Finding)[] };
  /** 交出前还差什么 */
  obstacles: (string)[];
  /** 核实性提示还没有说明 */
  is_unexplained: boolean;
  judgement: { status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_target" | "not_applicable"; gap: number | null; standard_status: "met" | "near" | "behind" | "unreported" | "not_due" | "no_standard" | "not_applicable"; standard_gap: number | null; change: number | null; pace: number | null; projection: number | null; outlook: "achieved" | "missed" | "moving_away" | "on_track" | "undecided" | "accelerate" | "limited" | "unknown"; words: string };
}

export interface SnapshotFile {
  /** 变更编号 */
  number: number;
  /** 0 为全部；否则只含此编号之后变了的 */
  after: number;
  format: "csv" | "parquet" | "sdmx-csv";
  /** 编号之前各次变动中最晚的时间 */
  at: string;
  bytes: number;
  sha256: string;
  address: string;
}

export interface SnapshotList {
  /** 最新的变更编号 */
  latest: number;
  /** 已经生成、现在留着的文件 */
  results: (SnapshotFile)[];
}

export interface SnapshotRow {
  /** OBS 官方数值、TARGET 年度目标、STANDARD 省定标准 */
  series: "OBS" | "STANDARD" | "TARGET";
  /** 区划代码（GB/T 2260） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 数值，按指标单位；撤回的为空 */
  value: number | null;
  /** 分子；不是比率或没有的为空 */
  numerator: number | null;
  /** 分母 */
  denominator: number | null;
  /** 这一数字的版本；撤回的为被撤回的版本 */
  version: number;
  /** 依据类别；撤回的为空 */
  cite: "" | "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 已撤回：从自己的副本里删去（只在增量快照里有） */
  is_withdrawn: boolean;
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 暂定：尚非主管部门正式表 */
  is_provisional: boolean;
  /** 这一版本的记录时间 */
  recorded_at: string;
  /** 区间的上限，value 是下限；不是区间的为空 */
  value_high: number | null;
  /** 阶段是哪一天达到的；不分阶段的为空 */
  reached_on: string | null;
}

export interface Standard {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 数值，按指标单位 */
  value: number;
  /** 区间的上限，只有方向为 0 的指标有；value 是下限 */
  value_high: number | null;
  /** 这一数字的版本 */
  version: number;
  /** 依据类别 */
  cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 原文 */
  words: string;
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 依据文件代码 */
  document: string | null;
  /** 依据文件标题 */
  document_title: string | null;
  /** 这一版本的理由 */
  reason: string;
  /** 途径 */
  recorded_via: "fixture" | "import" | "edit" | "approval" | "demo" | "rule";
  /** 年份依据；空为原文写明 */
  year_cite: "" | "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 暂定：尚非主管部门正式表 */
  is_provisional: boolean;
  /** 这一版本的记录时间 */
  recorded_at: string;
}

export interface StandardPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Standard)[];
}

export interface StepRequest {
  /** 理由；return 和 reopen 必须有 */
  reason?: string | null;
  /** reopen：开放到何时；只写日期即当天结束 */
  until?: string | null;
  /** return、reopen：所指的指标 */
  entries?: (string)[] | null;
  /** submit：未等其交出的单位（代码）及理由 */
  exceptions?: Record<string, string> | null;
}

export interface StepResult {
  area: string;
  year: number;
  state: "draft" | "submitted" | "returned" | "approved" | "reopened";
  state_at: string;
}

export interface StoredEntries {
  state: "draft" | "submitted" | "returned" | "approved" | "reopened";
  entries: (StoredEntry)[];
}

export interface StoredEntry {
  indicator: string;
  value: number | null;
  /** 分子；只填结果的为 null */
  numerator: number | null;
  /** 分母 */
  denominator: number | null;
  /** 阶段是哪一天达到的 */
  reached_on: string | null;
  explanation: string;
  version: number;
  /** 填报单位的代码 */
  unit: string;
  /** 由本单位填报 */
  is_own: boolean;
  /** 由登记簿自动取数，不填报 */
  is_derived: boolean;
  /** 演示数据：并非真实 */
  is_demo: boolean;
}

export interface StoredQuarter {
  indicator: string;
  period: string;
  value: number | null;
  /** 填报、登记簿 */
  source: "entered" | "register" | null;
  /** 填报的版本；没有填报的为 0 */
  version: number;
  /** 季度已过完，由本单位填报 */
  is_open: boolean;
  /** 演示数据：并非真实 */
  is_demo: boolean;
}

export interface StoredQuarters {
  area: string;
  year: number;
  quarters: (StoredQuarter)[];
}

export interface Submission {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 年份 */
  year: number;
  /** 状态 */
  state: "draft" | "submitted" | "returned" | "approved" | "reopened";
  /** 进入这一状态的时间 */
  state_at: string;
  /** 该谁办；已通过为 null */
  next_actor: "bureaus" | "county" | "municipal" | null;
  /** 截止日期；截止后仍可报 */
  due_on: string;
  /** 重新开放到何时 */
  reopened_until: string | null;
  /** 有几个单位填报 */
  parts: number;
  /** 其中几个还没有交出 */
  parts_open: number;
  /** 要填几项 */
  entries: number;
  /** 已填几项；说明了理由的空项算已填 */
  entries_filled: number;
  /** 已填份额，0 至 1 */
  completeness: number | null;
  /** 演示数据：并非真实 */
  is_demo: boolean;
}

export interface SubmissionPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Submission)[];
}

export interface Target {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 数值，按指标单位 */
  value: number;
  /** 区间的上限，只有方向为 0 的指标有；value 是下限 */
  value_high: number | null;
  /** 这一数字的版本 */
  version: number;
  /** 依据类别 */
  cite: "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 原文 */
  words: string;
  /** 出处 */
  source: string;
  /** 说明 */
  note: string;
  /** 依据文件代码 */
  document: string | null;
  /** 依据文件标题 */
  document_title: string | null;
  /** 这一版本的理由 */
  reason: string;
  /** 途径 */
  recorded_via: "fixture" | "import" | "edit" | "approval" | "demo" | "rule";
  /** 年份依据；空为原文写明 */
  year_cite: "" | "plan" | "official" | "county" | "public" | "inferred" | "demo";
  /** 演示数据：并非真实 */
  is_demo: boolean;
  /** 暂定：尚非主管部门正式表 */
  is_provisional: boolean;
  /** 这一版本的记录时间 */
  recorded_at: string;
}

export interface TargetPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (Target)[];
}

export interface TargetRealism {
  /** 区划代码（GB/T 2260，六位） */
  area: string;
  /** 指标代码 */
  indicator: string;
  /** 年份 */
  year: number;
  /** 目标 */
  target: number | null;
  /** 出发的数值：目标年之前最近的官方数值 */
  level: number | null;
  /** 到目标年为止每年需要的变化，按指标单位；已经达到的为 null */
  needed_change: number | null;
  /** 可比的以往变化中一样大的占多少，0 至 1；无法判断为 null */
  share: number | null;
  /** 能不能说，为什么 */
  state: "said" | "too_few" | "reached" | "no_value" | "no_target";
  /** 出发的年份 */
  from_year: number | null;
  /** 可比的变化中一样大的有几个 */
  as_large: number | null;
  /** 可比的变化有几个（县年） */
  comparable: number;
  /** 来自几个地区 */
  places: number;
  /** 可比的都是同一指标 */
  is_same_indicator: boolean | null;
  /** 数值、目标或可比的变化中有演示数据 */
  is_demo: boolean;
}

export interface TargetRealismPage {
  /** 下一页；没有则为 null */
  next: string | null;
  /** 上一页；没有则为 null */
  previous: string | null;
  results: (TargetRealism)[];
}

export interface TypedEntry {
  indicator: string;
  /** 数字、照样输入的文字（95.5%、全角数字）或 null；最多6位小数，绝对值小于10亿 */
  value?: number | string | null;
  /** 分子；与分母一起发时，数值由它们算出，不必发。取自背景数据的那一个也不必发 */
  numerator?: number | string | null;
  /** 分母，大于 0 */
  denominator?: number | string | null;
  /** 分阶段的指标：哪一天达到的，不晚于这一年。不发则阶段不变的保持原样，null 为清空 */
  reached_on?: string | null;
  /** 说明；空项和核实性提示要有。不发则保持原样，null 为清空 */
  explanation?: string | null;
  /** 所见的版本；已有新版本时答 409 */
  version?: number | null;
}

export interface TypedQuarter {
  indicator: string;
  /** 地址里那一年的一个季度，已经过完 */
  period: string;
  /** 数字、照样输入的文字或 null（撤回）；累计指标为到季度末的累计数 */
  value: number | string | null;
  /** 所见的版本，没有数的为 0；已有新版本时答 409 */
  version?: number | null;
}

export interface Lists {
  "aggregates": { row: Aggregate; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; as_of?: string; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "numerator" | "-numerator" | "denominator" | "-denominator" | "method" | "-method" | "counted" | "-counted" | "counties" | "-counties" | "included" | "-included" | "is_computed" | "-is_computed" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "numerator" | "-numerator" | "denominator" | "-denominator" | "method" | "-method" | "counted" | "-counted" | "counties" | "-counties" | "included" | "-included" | "is_computed" | "-is_computed" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional")[]; page_size?: number } };
  "areas": { row: Area; filters: { area?: string | (string)[]; kind?: "city" | "county" | "county_level_city" | "district" | ("city" | "county" | "county_level_city" | "district")[]; ordering?: "code" | "-code" | "name" | "-name" | "name_en" | "-name_en" | "kind" | "-kind" | "parent" | "-parent" | "is_provincial_pilot" | "-is_provincial_pilot" | "population_2020" | "-population_2020" | "note" | "-note" | "position" | "-position" | ("code" | "-code" | "name" | "-name" | "name_en" | "-name_en" | "kind" | "-kind" | "parent" | "-parent" | "is_provincial_pilot" | "-is_provincial_pilot" | "population_2020" | "-population_2020" | "note" | "-note" | "position" | "-position")[]; page_size?: number } };
  "assessments": { row: Assessment; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; status?: "met" | "near" | "behind" | "unreported" | "not_due" | "no_target" | "not_applicable" | ("met" | "near" | "behind" | "unreported" | "not_due" | "no_target" | "not_applicable")[]; standard_status?: "met" | "near" | "behind" | "unreported" | "not_due" | "no_standard" | "not_applicable" | ("met" | "near" | "behind" | "unreported" | "not_due" | "no_standard" | "not_applicable")[]; outlook?: "achieved" | "missed" | "moving_away" | "on_track" | "undecided" | "accelerate" | "limited" | "unknown" | ("achieved" | "missed" | "moving_away" | "on_track" | "undecided" | "accelerate" | "limited" | "unknown")[]; field?: string | (string)[]; origin?: "provincial" | "municipal" | ("provincial" | "municipal")[]; force?: "binding" | "expected" | ("binding" | "expected")[]; updated_after?: string; as_of?: string; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "target" | "-target" | "standard" | "-standard" | "target_high" | "-target_high" | "standard_high" | "-standard_high" | "gap" | "-gap" | "attainment" | "-attainment" | "standard_gap" | "-standard_gap" | "ambition_gap" | "-ambition_gap" | "change" | "-change" | "mean_change" | "-mean_change" | "required_change" | "-required_change" | "pace" | "-pace" | "projection" | "-projection" | "probability" | "-probability" | "range_low" | "-range_low" | "range_high" | "-range_high" | "status" | "-status" | "standard_status" | "-standard_status" | "outlook" | "-outlook" | "is_slipping" | "-is_slipping" | "value_version" | "-value_version" | "target_version" | "-target_version" | "standard_version" | "-standard_version" | "definition_version" | "-definition_version" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "rule_version" | "-rule_version" | "grade" | "-grade" | "forecast_version" | "-forecast_version" | "assessed_at" | "-assessed_at" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "target" | "-target" | "standard" | "-standard" | "target_high" | "-target_high" | "standard_high" | "-standard_high" | "gap" | "-gap" | "attainment" | "-attainment" | "standard_gap" | "-standard_gap" | "ambition_gap" | "-ambition_gap" | "change" | "-change" | "mean_change" | "-mean_change" | "required_change" | "-required_change" | "pace" | "-pace" | "projection" | "-projection" | "probability" | "-probability" | "range_low" | "-range_low" | "range_high" | "-range_high" | "status" | "-status" | "standard_status" | "-standard_status" | "outlook" | "-outlook" | "is_slipping" | "-is_slipping" | "value_version" | "-value_version" | "target_version" | "-target_version" | "standard_version" | "-standard_version" | "definition_version" | "-definition_version" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "rule_version" | "-rule_version" | "grade" | "-grade" | "forecast_version" | "-forecast_version" | "assessed_at" | "-assessed_at")[]; page_size?: number } };
  "catalog/resources": { row: Resource; filters: { ordering?: "identifier" | "-identifier" | "code" | "-code" | "name" | "-name" | "provider" | "-provider" | "provider_code" | "-provider_code" | "summary" | "-summary" | "formats" | "-formats" | "fields" | "-fields" | "sharing_type" | "-sharing_type" | "sharing_condition" | "-sharing_condition" | "sharing_method" | "-sharing_method" | "opening_type" | "-opening_type" | "opening_condition" | "-opening_condition" | "update_cycle" | "-update_cycle" | "published_on" | "-published_on" | "address" | "-address" | "schema" | "-schema" | ("identifier" | "-identifier" | "code" | "-code" | "name" | "-name" | "provider" | "-provider" | "provider_code" | "-provider_code" | "summary" | "-summary" | "formats" | "-formats" | "fields" | "-fields" | "sharing_type" | "-sharing_type" | "sharing_condition" | "-sharing_condition" | "sharing_method" | "-sharing_method" | "opening_type" | "-opening_type" | "opening_condition" | "-opening_condition" | "update_cycle" | "-update_cycle" | "published_on" | "-published_on" | "address" | "-address" | "schema" | "-schema")[]; page_size?: number } };
  "changes": { row: Change; filters: { kind?: "approved" | "revised" | "reopened" | "retargeted" | "redefined" | "withdrawn" | "recomputed" | ("approved" | "revised" | "reopened" | "retargeted" | "redefined" | "withdrawn" | "recomputed")[]; series?: "OBS" | "TARGET" | "STANDARD" | ("OBS" | "TARGET" | "STANDARD")[]; area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; is_demo?: "true" | "false" | ("true" | "false")[]; updated_after?: string; ordering?: "number"; page_size?: number } };
  "commitments": { row: Commitment; filters: { code?: string | (string)[]; area?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; status?: "fulfilled" | "on_track" | "behind" | "broken" | "not_due" | "unknown" | ("fulfilled" | "on_track" | "behind" | "broken" | "not_due" | "unknown")[]; as_of?: string; ordering?: "code" | "-code" | "name" | "-name" | "scope" | "-scope" | "area" | "-area" | "year" | "-year" | "unit" | "-unit" | "comparison" | "-comparison" | "promised" | "-promised" | "done" | "-done" | "expected" | "-expected" | "status" | "-status" | "words" | "-words" | "statement" | "-statement" | "is_provisional" | "-is_provisional" | "is_demo" | "-is_demo" | ("code" | "-code" | "name" | "-name" | "scope" | "-scope" | "area" | "-area" | "year" | "-year" | "unit" | "-unit" | "comparison" | "-comparison" | "promised" | "-promised" | "done" | "-done" | "expected" | "-expected" | "status" | "-status" | "words" | "-words" | "statement" | "-statement" | "is_provisional" | "-is_provisional" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "contradictions": { row: Contradiction; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; severity?: "hard" | "soft" | ("hard" | "soft")[]; as_of?: string; ordering?: "area" | "-area" | "year" | "-year" | "rule" | "-rule" | "rule_version" | "-rule_version" | "text" | "-text" | "severity" | "-severity" | "indicators" | "-indicators" | "left" | "-left" | "right" | "-right" | "words" | "-words" | ("area" | "-area" | "year" | "-year" | "rule" | "-rule" | "rule_version" | "-rule_version" | "text" | "-text" | "severity" | "-severity" | "indicators" | "-indicators" | "left" | "-left" | "right" | "-right" | "words" | "-words")[]; page_size?: number } };
  "funding/flows": { row: Flow; filters: { area?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; source?: string | (string)[]; field?: string | (string)[]; project?: string | (string)[]; state?: "planned" | "allocated" | "arrived" | "paid" | ("planned" | "allocated" | "arrived" | "paid")[]; kind?: "original" | "correction" | ("original" | "correction")[]; updated_after?: string; as_of?: string; ordering?: "id" | "-id" | "area" | "-area" | "year" | "-year" | "source" | "-source" | "source_name" | "-source_name" | "project" | "-project" | "field" | "-field" | "state" | "-state" | "amount_wan" | "-amount_wan" | "happened_on" | "-happened_on" | "document" | "-document" | "kind" | "-kind" | "corrects" | "-corrects" | "reason" | "-reason" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at" | ("id" | "-id" | "area" | "-area" | "year" | "-year" | "source" | "-source" | "source_name" | "-source_name" | "project" | "-project" | "field" | "-field" | "state" | "-state" | "amount_wan" | "-amount_wan" | "happened_on" | "-happened_on" | "document" | "-document" | "kind" | "-kind" | "corrects" | "-corrects" | "reason" | "-reason" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at")[]; page_size?: number } };
  "funding/matching": { row: Matching; filters: { area?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; status?: "met" | "near" | "short" | "exempt" | "no_base" | "no_rule" | ("met" | "near" | "short" | "exempt" | "no_base" | "no_rule")[]; as_of?: string; ordering?: "area" | "-area" | "year" | "-year" | "base" | "-base" | "matched" | "-matched" | "floor" | "-floor" | "ratio" | "-ratio" | "owed" | "-owed" | "status" | "-status" | "ratio_change" | "-ratio_change" | "upper_paid" | "-upper_paid" | "is_ahead" | "-is_ahead" | "rule_version" | "-rule_version" | "is_demo" | "-is_demo" | ("area" | "-area" | "year" | "-year" | "base" | "-base" | "matched" | "-matched" | "floor" | "-floor" | "ratio" | "-ratio" | "owed" | "-owed" | "status" | "-status" | "ratio_change" | "-ratio_change" | "upper_paid" | "-upper_paid" | "is_ahead" | "-is_ahead" | "rule_version" | "-rule_version" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "indicators": { row: Indicator; filters: { indicator?: string | (string)[]; field?: string | (string)[]; origin?: "provincial" | "municipal" | ("provincial" | "municipal")[]; force?: "binding" | "expected" | ("binding" | "expected")[]; kind?: "level" | "cumulative" | ("level" | "cumulative")[]; updated_after?: string; as_of?: string; ordering?: "code" | "-code" | "position" | "-position" | "version" | "-version" | "name" | "-name" | "name_en" | "-name_en" | "unit" | "-unit" | "decimals" | "-decimals" | "direction" | "-direction" | "force" | "-force" | "stages" | "-stages" | "stages_en" | "-stages_en" | "only_areas" | "-only_areas" | "first_year" | "-first_year" | "last_year" | "-last_year" | "break_year" | "-break_year" | "break_note" | "-break_note" | "kind" | "-kind" | "tolerance" | "-tolerance" | "tolerance_cite" | "-tolerance_cite" | "lower_bound" | "-lower_bound" | "upper_bound" | "-upper_bound" | "field" | "-field" | "field_name" | "-field_name" | "chapter" | "-chapter" | "origin" | "-origin" | "owner" | "-owner" | "definition" | "-definition" | "derived_from" | "-derived_from" | "numerator_name" | "-numerator_name" | "numerator_unit" | "-numerator_unit" | "numerator_source" | "-numerator_source" | "denominator_name" | "-denominator_name" | "denominator_unit" | "-denominator_unit" | "denominator_source" | "-denominator_source" | "parts_factor" | "-parts_factor" | "parts_cite" | "-parts_cite" | "aggregation" | "-aggregation" | "is_quarterly" | "-is_quarterly" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at" | ("code" | "-code" | "position" | "-position" | "version" | "-version" | "name" | "-name" | "name_en" | "-name_en" | "unit" | "-unit" | "decimals" | "-decimals" | "direction" | "-direction" | "force" | "-force" | "stages" | "-stages" | "stages_en" | "-stages_en" | "only_areas" | "-only_areas" | "first_year" | "-first_year" | "last_year" | "-last_year" | "break_year" | "-break_year" | "break_note" | "-break_note" | "kind" | "-kind" | "tolerance" | "-tolerance" | "tolerance_cite" | "-tolerance_cite" | "lower_bound" | "-lower_bound" | "upper_bound" | "-upper_bound" | "field" | "-field" | "field_name" | "-field_name" | "chapter" | "-chapter" | "origin" | "-origin" | "owner" | "-owner" | "definition" | "-definition" | "derived_from" | "-derived_from" | "numerator_name" | "-numerator_name" | "numerator_unit" | "-numerator_unit" | "numerator_source" | "-numerator_source" | "denominator_name" | "-denominator_name" | "denominator_unit" | "-denominator_unit" | "denominator_source" | "-denominator_source" | "parts_factor" | "-parts_factor" | "parts_cite" | "-parts_cite" | "aggregation" | "-aggregation" | "is_quarterly" | "-is_quarterly" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at")[]; page_size?: number } };
  "matters": { row: Matter; filters: { code?: string | (string)[]; area?: string | (string)[]; owner?: string | (string)[]; state?: "issued" | "signed" | "under_way" | "reported" | "verified" | "closed" | "withdrawn" | ("issued" | "signed" | "under_way" | "reported" | "verified" | "closed" | "withdrawn")[]; origin?: "line" | "decision" | "instruction" | "conflict" | ("line" | "decision" | "instruction" | "conflict")[]; ordering?: "code" | "-code" | "title" | "-title" | "words" | "-words" | "origin" | "-origin" | "about_kind" | "-about_kind" | "about_key" | "-about_key" | "area" | "-area" | "owner" | "-owner" | "issued_at" | "-issued_at" | "due_on" | "-due_on" | "asked_due_on" | "-asked_due_on" | "state" | "-state" | "percent_done" | "-percent_done" | "level" | "-level" | "indicator" | "-indicator" | "year" | "-year" | "asks_reopening" | "-asks_reopening" | "closed_at" | "-closed_at" | "version" | "-version" | "is_demo" | "-is_demo" | ("code" | "-code" | "title" | "-title" | "words" | "-words" | "origin" | "-origin" | "about_kind" | "-about_kind" | "about_key" | "-about_key" | "area" | "-area" | "owner" | "-owner" | "issued_at" | "-issued_at" | "due_on" | "-due_on" | "asked_due_on" | "-asked_due_on" | "state" | "-state" | "percent_done" | "-percent_done" | "level" | "-level" | "indicator" | "-indicator" | "year" | "-year" | "asks_reopening" | "-asks_reopening" | "closed_at" | "-closed_at" | "version" | "-version" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "nowcasts": { row: Nowcast; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; basis?: "same_quarter" | "evenly" | "past_changes" | ("same_quarter" | "evenly" | "past_changes")[]; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "range_low" | "-range_low" | "range_high" | "-range_high" | "basis" | "-basis" | "source" | "-source" | "quarter" | "-quarter" | "is_official" | "-is_official" | "is_demo" | "-is_demo" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "range_low" | "-range_low" | "range_high" | "-range_high" | "basis" | "-basis" | "source" | "-source" | "quarter" | "-quarter" | "is_official" | "-is_official" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "observations": { row: Observation; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; field?: string | (string)[]; origin?: "provincial" | "municipal" | ("provincial" | "municipal")[]; force?: "binding" | "expected" | ("binding" | "expected")[]; updated_after?: string; as_of?: string; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "numerator" | "-numerator" | "denominator" | "-denominator" | "reached_on" | "-reached_on" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "approved_at" | "-approved_at" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "numerator" | "-numerator" | "denominator" | "-denominator" | "reached_on" | "-reached_on" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "approved_at" | "-approved_at")[]; page_size?: number } };
  "projects": { row: Project; filters: { area?: string | (string)[]; field?: string | (string)[]; state?: "planned" | "started" | "completed" | "stalled" | "cancelled" | ("planned" | "started" | "completed" | "stalled" | "cancelled")[]; origin?: "public" | "entered" | "demo" | ("public" | "entered" | "demo")[]; is_industrial?: "true" | "false" | ("true" | "false")[]; indicator?: string | (string)[]; updated_after?: string; ordering?: "code" | "-code" | "name" | "-name" | "area" | "-area" | "field" | "-field" | "field_name" | "-field_name" | "chapter" | "-chapter" | "organisation" | "-organisation" | "is_industrial" | "-is_industrial" | "state" | "-state" | "starts" | "-starts" | "ends" | "-ends" | "completed" | "-completed" | "landed_on" | "-landed_on" | "landing_basis" | "-landing_basis" | "landing_words" | "-landing_words" | "total_yi" | "-total_yi" | "completed_yi" | "-completed_yi" | "reported_year" | "-reported_year" | "reported_quarter" | "-reported_quarter" | "origin" | "-origin" | "source" | "-source" | "note" | "-note" | "version" | "-version" | "is_demo" | "-is_demo" | "updated_at" | "-updated_at" | ("code" | "-code" | "name" | "-name" | "area" | "-area" | "field" | "-field" | "field_name" | "-field_name" | "chapter" | "-chapter" | "organisation" | "-organisation" | "is_industrial" | "-is_industrial" | "state" | "-state" | "starts" | "-starts" | "ends" | "-ends" | "completed" | "-completed" | "landed_on" | "-landed_on" | "landing_basis" | "-landing_basis" | "landing_words" | "-landing_words" | "total_yi" | "-total_yi" | "completed_yi" | "-completed_yi" | "reported_year" | "-reported_year" | "reported_quarter" | "-reported_quarter" | "origin" | "-origin" | "source" | "-source" | "note" | "-note" | "version" | "-version" | "is_demo" | "-is_demo" | "updated_at" | "-updated_at")[]; page_size?: number } };
  "quarters": { row: QuarterlyFigure; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; period?: string | (string)[]; source?: "entered" | "register" | ("entered" | "register")[]; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "period" | "-period" | "quarter" | "-quarter" | "value" | "-value" | "source" | "-source" | "version" | "-version" | "is_official" | "-is_official" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "period" | "-period" | "quarter" | "-quarter" | "value" | "-value" | "source" | "-source" | "version" | "-version" | "is_official" | "-is_official" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at")[]; page_size?: number } };
  "realism": { row: TargetRealism; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; state?: "said" | "too_few" | "reached" | "no_value" | "no_target" | ("said" | "too_few" | "reached" | "no_value" | "no_target")[]; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "target" | "-target" | "level" | "-level" | "needed_change" | "-needed_change" | "share" | "-share" | "state" | "-state" | "from_year" | "-from_year" | "as_large" | "-as_large" | "comparable" | "-comparable" | "places" | "-places" | "is_same_indicator" | "-is_same_indicator" | "is_demo" | "-is_demo" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "target" | "-target" | "level" | "-level" | "needed_change" | "-needed_change" | "share" | "-share" | "state" | "-state" | "from_year" | "-from_year" | "as_large" | "-as_large" | "comparable" | "-comparable" | "places" | "-places" | "is_same_indicator" | "-is_same_indicator" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "references": { row: ReferenceSource; filters: { title?: string | (string)[]; ordering?: "id" | "-id" | "title" | "-title" | "publisher" | "-publisher" | "licence" | "-licence" | "areas" | "-areas" | "indicators" | "-indicators" | "values_count" | "-values_count" | "first_year" | "-first_year" | "last_year" | "-last_year" | "recorded_via" | "-recorded_via" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at" | "withdrawn_at" | "-withdrawn_at" | "withdrawn_reason" | "-withdrawn_reason" | ("id" | "-id" | "title" | "-title" | "publisher" | "-publisher" | "licence" | "-licence" | "areas" | "-areas" | "indicators" | "-indicators" | "values_count" | "-values_count" | "first_year" | "-first_year" | "last_year" | "-last_year" | "recorded_via" | "-recorded_via" | "is_demo" | "-is_demo" | "recorded_at" | "-recorded_at" | "withdrawn_at" | "-withdrawn_at" | "withdrawn_reason" | "-withdrawn_reason")[]; page_size?: number } };
  "standards": { row: Standard; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; field?: string | (string)[]; origin?: "provincial" | "municipal" | ("provincial" | "municipal")[]; force?: "binding" | "expected" | ("binding" | "expected")[]; updated_after?: string; as_of?: string; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "value_high" | "-value_high" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "value_high" | "-value_high" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at")[]; page_size?: number } };
  "submissions": { row: Submission; filters: { area?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; status?: "draft" | "submitted" | "returned" | "approved" | "reopened" | ("draft" | "submitted" | "returned" | "approved" | "reopened")[]; updated_after?: string; ordering?: "area" | "-area" | "year" | "-year" | "state" | "-state" | "state_at" | "-state_at" | "next_actor" | "-next_actor" | "due_on" | "-due_on" | "reopened_until" | "-reopened_until" | "parts" | "-parts" | "parts_open" | "-parts_open" | "entries" | "-entries" | "entries_filled" | "-entries_filled" | "completeness" | "-completeness" | "is_demo" | "-is_demo" | ("area" | "-area" | "year" | "-year" | "state" | "-state" | "state_at" | "-state_at" | "next_actor" | "-next_actor" | "due_on" | "-due_on" | "reopened_until" | "-reopened_until" | "parts" | "-parts" | "parts_open" | "-parts_open" | "entries" | "-entries" | "entries_filled" | "-entries_filled" | "completeness" | "-completeness" | "is_demo" | "-is_demo")[]; page_size?: number } };
  "targets": { row: Target; filters: { area?: string | (string)[]; indicator?: string | (string)[]; year?: number | (number)[]; year_from?: number; year_to?: number; field?: string | (string)[]; origin?: "provincial" | "municipal" | ("provincial" | "municipal")[]; force?: "binding" | "expected" | ("binding" | "expected")[]; updated_after?: string; as_of?: string; ordering?: "area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "value_high" | "-value_high" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at" | ("area" | "-area" | "indicator" | "-indicator" | "year" | "-year" | "value" | "-value" | "value_high" | "-value_high" | "version" | "-version" | "cite" | "-cite" | "words" | "-words" | "source" | "-source" | "note" | "-note" | "document" | "-document" | "document_title" | "-document_title" | "reason" | "-reason" | "recorded_via" | "-recorded_via" | "year_cite" | "-year_cite" | "is_demo" | "-is_demo" | "is_provisional" | "-is_provisional" | "recorded_at" | "-recorded_at")[]; page_size?: number } };
}
