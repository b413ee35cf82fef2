"""The rooms, in the one line of imports: a room imports only from those before it. Whatever needs the list (settings,
tests, tools) reads it here."""

ROOMS = (
    "areas",  # the city, its counties, the map
    "accounts",  # organisations, users, roles, access tokens
    "journal",  # audit log, change feed, outbox, stamps
    "workdays",  # working days: public holidays and the days that make up for them
    "identity",  # passwords, sessions, second factors, who a directory says that somebody is
    "uploads",  # a table that a person sends: preview, confirmation, undoing
    "plan",  # documents, chapters, fields, work items, meetings
    "indicators",  # catalogue, facts, kernel, assessments
    "reporting",  # rounds, submissions, entries, review, notices
    "pagecache",  # which page a browser has already, which is kept for others
    "peers",  # reference areas: what comparable places' past says of a target
    "snapshots",  # the whole official data at a number of the feed, as files
    "projects",  # major projects and their progress
    "funding",  # sources, flows, matching rule
    "commitments",  # the plan's promises, derived
    "messaging",  # what leaves the site: outbox, channels, preferences, webhooks, thresholds, news
    "pulling",  # rows fetched from other systems into the draft of who owns them
    "figures",  # pages of judged numbers
    "effort",  # which rows the smallest effort brings to target
    "matters",  # what is followed until it is done: matters, words on numbers, lights
    "planning",  # pages of the plan's text, its tasks, meetings, promises
    "history",  # pages of the change feed, the audit log, the recomputes
    "dispatch",  # the list of what needs a word, and reminding
    "reports",  # issued reports: snapshot, Word, PDF, workbook
    "charts",  # maps, free comparison, pictures that leave the site
    "find",  # one box for everything: names, codes, pinyin, pages
    "access",  # back office of logins, lock-outs, pages of access tokens
    "operations",  # backup, health, error page, help
    "seeding",  # the plan file, the demonstration, data to measure with
)
LINE = ("lib", *ROOMS, "county_urbanization")
