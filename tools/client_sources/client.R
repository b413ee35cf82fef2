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
