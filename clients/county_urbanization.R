# A client of 县城城镇化建设监测平台 for R: one file, with the packages curl and jsonlite. source("county_urbanization.R")
#
# Written by `python -m tools.api_clients` from the description of the API; what is changed here by hand is lost.
#
# platform <- monitor("https://…", "cuat_…")           # without arguments: MONITOR_URL and MONITOR_TOKEN
# monitor_observations(platform, area = "330127", year_from = 2023)   # a data frame: codes are text, blanks NA
# monitor_changes(platform, cursor = 0)                # what happened since, as a data frame
# monitor_follow(platform, "cursor.txt", function(changes) …)   # the same, with the cursor kept in a file
# monitor_snapshot(platform, "official.parquet")       # all official data in one file; gives its number

monitor_patience <- 5 # attempts while the server asks to wait (429, 503), restarts (502, 504), or the network fails
monitor_longest_wait <- 120 # seconds

monitor <- function(address = Sys.getenv("MONITOR_URL"), token = Sys.getenv("MONITOR_TOKEN"), timeout = 60) {
  list(address = sub("/+$", "", address), token = token, timeout = timeout)
}

# A whole list as a data frame; filters are named as in the documents: area = c("330122", "330127"), year = 2024.
monitor_frame <- function(platform, name, ...) {
  answer <- monitor_get(platform, paste0("/api/v1/", name, "/"), c(list(...), format = "csv"))
  text <- sub("^\ufeff", "", rawToChar(answer$content))
  Encoding(text) <- "UTF-8"
  monitor_table(text, name)
}

# What happened to official facts after `cursor`, in order. Keep the last `number`: it is the next cursor.
monitor_changes <- function(platform, cursor = 0, ...) {
  monitor_frame(platform, "changes", cursor = cursor, ...)
}

# Hands what has changed since the last time to `take`, then writes the number down: what fails comes again.
monitor_follow <- function(platform, file, take, ...) {
  cursor <- if (file.exists(file)) scan(file, quiet = TRUE) else 0
  changes <- monitor_changes(platform, cursor, ...)
  if (nrow(changes) > 0) {
    take(changes)
    part <- paste0(file, ".part")
    writeLines(format(max(changes$number), scientific = FALSE), part)
    file.rename(part, file)
  }
  invisible(changes)
}

# All official data at a number of the feed as a file: .parquet, .csv, .sdmx.csv. With `after` only what changed since.
monitor_snapshot <- function(platform, file, number = "latest", after = NULL) {
  form <- if (grepl("\\.sdmx\\.csv$", file)) "sdmx-csv" else sub(".*\\.", "", file)
  path <- sprintf("/api/v1/snapshots/%s/", format(number, scientific = FALSE))
  answer <- monitor_get(platform, path, list(format = form, after = after))
  headers <- curl::parse_headers_list(answer$headers)
  wanted <- gsub('^W/|"', "", headers[["etag"]])
  found <- monitor_sha256(answer$content)
  if (!is.na(found) && found != wanted) stop(sprintf("%s: SHA-256 %s, but %s was sent", file, found, wanted))
  part <- paste0(file, ".part")
  writeBin(answer$content, part)
  file.rename(part, file)
  as.numeric(sub(".*/snapshots/([0-9]+)/.*", "\\1", headers[["content-location"]]))
}

# NA with a warning where R has no SHA-256: from R 4.5 on, or with the package openssl or digest, it has.
monitor_sha256 <- function(bytes) {
  if (requireNamespace("openssl", quietly = TRUE)) return(as.character(openssl::sha256(bytes)))
  if (requireNamespace("digest", quietly = TRUE)) return(digest::digest(bytes, "sha256", serialize = FALSE))
  if (exists("sha256sum", asNamespace("tools"))) return(unname(get("sha256sum", asNamespace("tools"))(bytes = bytes)))
  warning("the checksum was not compared: install openssl or digest")
  NA_character_
}

monitor_get <- function(platform, path, query = list()) {
  query <- query[!vapply(query, is.null, logical(1))]
  texts <- vapply(query, function(each) paste(monitor_text(each), collapse = ","), character(1))
  parts <- sprintf("%s=%s", names(texts), vapply(texts, curl::curl_escape, character(1)))
  address <- paste0(platform$address, path, if (length(parts)) "?", paste(parts, collapse = "&"))
  for (attempt in seq_len(monitor_patience)) {
    handle <- curl::new_handle(timeout = platform$timeout)
    curl::handle_setheaders(handle, Authorization = paste("Bearer", platform$token))
    answer <- tryCatch(curl::curl_fetch_memory(address, handle), error = identity)
    if (inherits(answer, "error")) {
      if (attempt == monitor_patience) stop(answer)
      Sys.sleep(monitor_wait(NULL, attempt))
      next
    }
    headers <- curl::parse_headers_list(answer$headers)
    if (answer$status_code < 400) {
      if (!is.null(headers[["deprecation"]])) warning(path, " will be switched off: ", headers[["sunset"]])
      return(answer)
    }
    wait <- monitor_wait(headers[["retry-after"]], attempt)
    passes <- answer$status_code %in% c(429, 502, 503, 504) && wait <= monitor_longest_wait
    if (!passes || attempt == monitor_patience) stop(monitor_problem(answer))
    Sys.sleep(wait)
  }
}

monitor_text <- function(value) {
  if (is.logical(value)) return(tolower(as.character(value)))
  if (is.numeric(value)) return(format(value, scientific = FALSE, trim = TRUE, digits = 15))
  as.character(value)
}

# Seconds: what Retry-After asks for, else longer each time and by chance a little more.
monitor_wait <- function(asked, attempt) {
  if (!is.null(asked) && grepl("^[0-9]+$", asked)) return(as.numeric(asked))
  2^(attempt - 1) * (1 + stats::runif(1))
}

# A condition of the class monitor_problem: status, type and members as the service sent them (RFC 9457).
monitor_problem <- function(answer) {
  text <- rawToChar(answer$content)
  Encoding(text) <- "UTF-8"
  members <- tryCatch(jsonlite::fromJSON(text, simplifyVector = FALSE), error = function(error) list(detail = text))
  words <- paste(answer$status_code, members$detail)
  told <- list(message = words, call = NULL, status = answer$status_code, type = members$type, members = members)
  structure(told, class = c("monitor_problem", "error", "condition"))
}

monitor_table <- function(text, name) {
  known <- monitor_columns[[name]]
  head <- strsplit(sub("\r?\n.*", "", text), ",")[[1]]
  kinds <- ifelse(head %in% names(known), known[head], "character")
  blank <- utils::read.csv(
    text = text, colClasses = "character", na.strings = character(0), check.names = FALSE, encoding = "UTF-8"
  )
  for (place in seq_along(head)) blank[[place]] <- monitor_typed(blank[[place]], kinds[[place]])
  blank
}

monitor_typed <- function(column, kind) {
  if (kind == "character") return(column)
  column[column == ""] <- NA
  switch(kind,
    numeric = as.numeric(column),
    integer = as.numeric(column), # numbers of the feed are beyond R's integers
    logical = column == "true",
    Date = as.Date(column),
    POSIXct = as.POSIXct(column, format = "%Y-%m-%dT%H:%M:%OS", tz = "UTC"),
    column
  )
}

# What the columns of each list are.
monitor_columns <- list(
  `aggregates` = c(area = "character", indicator = "character", year = "integer", value = "numeric", numerator = "numeric", denominator = "numeric", method = "character", counted = "integer", counties = "integer", included = "character", is_computed = "logical", is_demo = "logical", is_provisional = "logical"),
  `areas` = c(code = "character", name = "character", name_en = "character", kind = "character", parent = "character", is_provincial_pilot = "logical", population_2020 = "integer", note = "character", position = "integer"),
  `assessments` = c(area = "character", indicator = "character", year = "integer", value = "numeric", target = "numeric", standard = "numeric", target_high = "numeric", standard_high = "numeric", gap = "numeric", attainment = "numeric", standard_gap = "numeric", ambition_gap = "numeric", change = "numeric", mean_change = "numeric", required_change = "numeric", pace = "numeric", projection = "numeric", probability = "numeric", range_low = "numeric", range_high = "numeric", status = "character", standard_status = "character", outlook = "character", is_slipping = "logical", value_version = "integer", target_version = "integer", standard_version = "integer", definition_version = "integer", is_demo = "logical", is_provisional = "logical", rule_version = "character", grade = "character", forecast_version = "character", assessed_at = "POSIXct"),
  `catalog/resources` = c(identifier = "character", code = "character", name = "character", provider = "character", provider_code = "character", summary = "character", formats = "character", fields = "character", sharing_type = "character", sharing_condition = "character", sharing_method = "character", opening_type = "character", opening_condition = "character", update_cycle = "character", published_on = "Date", address = "character", schema = "character"),
  `changes` = c(number = "integer", at = "POSIXct", kind = "character", series = "character", area = "character", indicator = "character", year = "integer", version = "integer", value = "numeric", previous = "numeric", actor = "character", reason = "character", document = "character", is_demo = "logical", details = "character"),
  `commitments` = c(code = "character", name = "character", scope = "character", area = "character", year = "integer", unit = "character", comparison = "character", promised = "numeric", done = "numeric", expected = "numeric", status = "character", words = "character", statement = "character", is_provisional = "logical", is_demo = "logical"),
  `contradictions` = c(area = "character", year = "integer", rule = "character", rule_version = "integer", text = "character", severity = "character", indicators = "character", left = "numeric", right = "numeric", words = "character"),
  `funding/flows` = c(id = "integer", area = "character", year = "integer", source = "character", source_name = "character", project = "character", field = "character", state = "character", amount_wan = "numeric", happened_on = "Date", document = "character", kind = "character", corrects = "integer", reason = "character", is_demo = "logical", recorded_at = "POSIXct"),
  `funding/matching` = c(area = "character", year = "integer", base = "numeric", matched = "numeric", floor = "numeric", ratio = "numeric", owed = "numeric", status = "character", ratio_change = "numeric", upper_paid = "numeric", is_ahead = "logical", rule_version = "integer", is_demo = "logical"),
  `indicators` = c(code = "character", position = "integer", version = "integer", name = "character", name_en = "character", unit = "character", decimals = "integer", direction = "integer", force = "character", stages = "character", stages_en = "character", only_areas = "character", first_year = "integer", last_year = "integer", break_year = "integer", break_note = "character", kind = "character", tolerance = "numeric", tolerance_cite = "character", lower_bound = "numeric", upper_bound = "numeric", field = "character", field_name = "character", chapter = "integer", origin = "character", owner = "character", definition = "character", derived_from = "character", numerator_name = "character", numerator_unit = "character", numerator_source = "character", denominator_name = "character", denominator_unit = "character", denominator_source = "character", parts_factor = "numeric", parts_cite = "character", aggregation = "character", is_quarterly = "logical", cite = "character", words = "character", source = "character", note = "character", document = "character", document_title = "character", reason = "character", recorded_via = "character", is_demo = "logical", is_provisional = "logical", recorded_at = "POSIXct"),
  `matters` = c(code = "character", title = "character", words = "character", origin = "character", about_kind = "character", about_key = "character", area = "character", owner = "character", issued_at = "POSIXct", due_on = "Date", asked_due_on = "Date", state = "character", percent_done = "integer", level = "integer", indicator = "character", year = "integer", asks_reopening = "logical", closed_at = "POSIXct", version = "integer", is_demo = "logical"),
  `nowcasts` = c(area = "character", indicator = "character", year = "integer", value = "numeric", range_low = "numeric", range_high = "numeric", basis = "character", source = "character", quarter = "integer", is_official = "logical", is_demo = "logical"),
  `observations` = c(area = "character", indicator = "character", year = "integer", value = "numeric", numerator = "numeric", denominator = "numeric", reached_on = "Date", version = "integer", cite = "character", words = "character", source = "character", note = "character", document = "character", document_title = "character", reason = "character", recorded_via = "character", year_cite = "character", is_demo = "logical", is_provisional = "logical", approved_at = "POSIXct"),
  `projects` = c(code = "character", name = "character", area = "character", field = "character", field_name = "character", chapter = "integer", organisation = "character", is_industrial = "logical", state = "character", starts = "character", ends = "character", completed = "character", landed_on = "Date", landing_basis = "character", landing_words = "character", total_yi = "numeric", completed_yi = "numeric", reported_year = "integer", reported_quarter = "integer", origin = "character", source = "character", note = "character", version = "integer", is_demo = "logical", updated_at = "POSIXct"),
  `quarters` = c(area = "character", indicator = "character", year = "integer", period = "character", quarter = "integer", value = "numeric", source = "character", version = "integer", is_official = "logical", is_demo = "logical", recorded_at = "POSIXct"),
  `realism` = c(area = "character", indicator = "character", year = "integer", target = "numeric", level = "numeric", needed_change = "numeric", share = "numeric", state = "character", from_year = "integer", as_large = "integer", comparable = "integer", places = "integer", is_same_indicator = "logical", is_demo = "logical"),
  `references` = c(id = "integer", title = "character", publisher = "character", licence = "character", areas = "integer", indicators = "integer", values_count = "integer", first_year = "integer", last_year = "integer", recorded_via = "character", is_demo = "logical", recorded_at = "POSIXct", withdrawn_at = "POSIXct", withdrawn_reason = "character"),
  `standards` = c(area = "character", indicator = "character", year = "integer", value = "numeric", value_high = "numeric", version = "integer", cite = "character", words = "character", source = "character", note = "character", document = "character", document_title = "character", reason = "character", recorded_via = "character", year_cite = "character", is_demo = "logical", is_provisional = "logical", recorded_at = "POSIXct"),
  `submissions` = c(area = "character", year = "integer", state = "character", state_at = "POSIXct", next_actor = "character", due_on = "Date", reopened_until = "POSIXct", parts = "integer", parts_open = "integer", entries = "integer", entries_filled = "integer", completeness = "numeric", is_demo = "logical"),
  `targets` = c(area = "character", indicator = "character", year = "integer", value = "numeric", value_high = "numeric", version = "integer", cite = "character", words = "character", source = "character", note = "character", document = "character", document_title = "character", reason = "character", recorded_via = "character", year_cite = "character", is_demo = "logical", is_provisional = "logical", recorded_at = "POSIXct")
)

# 汇总
#   area: 只汇总这些地区，用逗号写几个；不写即全市
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_aggregates <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "aggregates", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, as_of = as_of, ordering = ordering)
}

# 区划
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   kind: 类型
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_areas <- function(platform, area = NULL, kind = NULL, ordering = NULL) {
  monitor_frame(platform, "areas", area = area, kind = kind, ordering = ordering)
}

# 评估
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   status: 与目标比较的结果
#   standard_status: 与省定标准比较的结果
#   outlook: 前景
#   field: 领域代码
#   origin: 指标来源
#   force: 约束力
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_assessments <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, status = NULL, standard_status = NULL, outlook = NULL, field = NULL, origin = NULL, force = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "assessments", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, status = status, standard_status = standard_status, outlook = outlook, field = field, origin = origin, force = force, updated_after = updated_after, as_of = as_of, ordering = ordering)
}

# 信息资源目录
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_catalog_resources <- function(platform, ordering = NULL) {
  monitor_frame(platform, "catalog/resources", ordering = ordering)
}

# 承诺
#   code: 承诺编号，可用逗号写几个
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   status: 状态
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_commitments <- function(platform, code = NULL, area = NULL, year = NULL, year_from = NULL, year_to = NULL, status = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "commitments", code = code, area = area, year = year, year_from = year_from, year_to = year_to, status = status, as_of = as_of, ordering = ordering)
}

# 数据矛盾
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 只要说到这些指标的规则，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   severity: 类别
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_contradictions <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, severity = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "contradictions", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, severity = severity, as_of = as_of, ordering = ordering)
}

# 资金流水
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   source: 资金代码，可用逗号写几个
#   field: 领域代码
#   project: 项目编号
#   state: 阶段
#   kind: 原始、更正
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_funding_flows <- function(platform, area = NULL, year = NULL, year_from = NULL, year_to = NULL, source = NULL, field = NULL, project = NULL, state = NULL, kind = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "funding/flows", area = area, year = year, year_from = year_from, year_to = year_to, source = source, field = field, project = project, state = state, kind = kind, updated_after = updated_after, as_of = as_of, ordering = ordering)
}

# 县级配套
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   status: 配套状态
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_funding_matching <- function(platform, area = NULL, year = NULL, year_from = NULL, year_to = NULL, status = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "funding/matching", area = area, year = year, year_from = year_from, year_to = year_to, status = status, as_of = as_of, ordering = ordering)
}

# 指标
#   indicator: 指标代码，可用逗号写几个
#   field: 领域代码
#   origin: 指标来源
#   force: 约束力：binding 约束性，expected 预期性
#   kind: 性质
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_indicators <- function(platform, indicator = NULL, field = NULL, origin = NULL, force = NULL, kind = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "indicators", indicator = indicator, field = field, origin = origin, force = force, kind = kind, updated_after = updated_after, as_of = as_of, ordering = ordering)
}

# 督办事项
#   code: 督办编号，可用逗号写几个
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   owner: 承办单位代码，可用逗号写几个
#   state: 状态
#   origin: 来源
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_matters <- function(platform, code = NULL, area = NULL, owner = NULL, state = NULL, origin = NULL, ordering = NULL) {
  monitor_frame(platform, "matters", code = code, area = area, owner = owner, state = state, origin = origin, ordering = ordering)
}

# 年内推算
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   basis: 怎样推算
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_nowcasts <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, basis = NULL, ordering = NULL) {
  monitor_frame(platform, "nowcasts", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, basis = basis, ordering = ordering)
}

# 官方数值
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   field: 领域代码
#   origin: 指标来源
#   force: 约束力
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_observations <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, field = NULL, origin = NULL, force = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "observations", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, field = field, origin = origin, force = force, updated_after = updated_after, as_of = as_of, ordering = ordering)
}

# 重大项目
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   field: 领域代码
#   state: 项目状态
#   origin: 项目来源
#   is_industrial: 是否产业项目
#   indicator: 所服务的指标代码
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_projects <- function(platform, area = NULL, field = NULL, state = NULL, origin = NULL, is_industrial = NULL, indicator = NULL, updated_after = NULL, ordering = NULL) {
  monitor_frame(platform, "projects", area = area, field = field, state = state, origin = origin, is_industrial = is_industrial, indicator = indicator, updated_after = updated_after, ordering = ordering)
}

# 季度数
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   period: 季度，可用逗号写几个
#   source: 来源
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_quarters <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, period = NULL, source = NULL, ordering = NULL) {
  monitor_frame(platform, "quarters", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, period = period, source = source, ordering = ordering)
}

# 目标与以往变化
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   state: 能不能说，为什么
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_realism <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, state = NULL, ordering = NULL) {
  monitor_frame(platform, "realism", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, state = state, ordering = ordering)
}

# 参照数据来源
#   title: 名称
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_references <- function(platform, title = NULL, ordering = NULL) {
  monitor_frame(platform, "references", title = title, ordering = ordering)
}

# 省定标准
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   field: 领域代码
#   origin: 指标来源
#   force: 约束力
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_standards <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, field = NULL, origin = NULL, force = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "standards", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, field = field, origin = origin, force = force, updated_after = updated_after, as_of = as_of, ordering = ordering)
}

# 报送
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   status: 状态
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_submissions <- function(platform, area = NULL, year = NULL, year_from = NULL, year_to = NULL, status = NULL, updated_after = NULL, ordering = NULL) {
  monitor_frame(platform, "submissions", area = area, year = year, year_from = year_from, year_to = year_to, status = status, updated_after = updated_after, ordering = ordering)
}

# 年度目标
#   area: 区划代码（GB/T 2260），可用逗号写几个
#   indicator: 指标代码，可用逗号写几个
#   year: 年份，可用逗号写几个
#   year_from: 从哪年起（含）
#   year_to: 到哪年止（含）
#   field: 领域代码
#   origin: 指标来源
#   force: 约束力
#   updated_after: 只要此后更新过的行：日期（指当日终了）或时间
#   as_of: 截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的
#   ordering: 按哪些列排序，前加 - 为降序；缺值总在最后
monitor_targets <- function(platform, area = NULL, indicator = NULL, year = NULL, year_from = NULL, year_to = NULL, field = NULL, origin = NULL, force = NULL, updated_after = NULL, as_of = NULL, ordering = NULL) {
  monitor_frame(platform, "targets", area = area, indicator = indicator, year = year, year_from = year_from, year_to = year_to, field = field, origin = origin, force = force, updated_after = updated_after, as_of = as_of, ordering = ordering)
}
