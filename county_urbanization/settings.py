"""Settings, all from the environment (`.env.example` lists every variable).

They work at once with nothing set (embedded SQLite, tasks in the process) and fail loudly on a
combination that would lose data or secrets.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from county_urbanization import safety
from county_urbanization.environment import BASE_DIR, env
from county_urbanization.outgoing import *  # noqa: F403  # EMAIL_…, OUTBOUND_…, PULL_…, DINGTALK_…, WECOM_…
from county_urbanization.record_keeping import *  # noqa: F403  # AUDIT_…, FILE_…: digests, keeping, files at rest
from county_urbanization.rooms import ROOMS
from county_urbanization.schedule import *  # noqa: F403  # CELERY_BEAT_SCHEDULE, SWEEP_SECONDS
from county_urbanization.ways_in import *  # noqa: F403  # OIDC_…, CAS_…, LDAP_…, second factors, passwords, sessions
from county_urbanization.wheel_files import *  # noqa: F403  # PLOTLY_BUNDLE_DIR, WHEEL_STATIC_FILES, …

VAR_DIR = Path(env.str("VAR_DIR", default="var"))
VAR_DIR = VAR_DIR if VAR_DIR.is_absolute() else BASE_DIR / VAR_DIR
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("HTTPS", default=False)
TRUSTED_PROXIES = int(env.str("TRUSTED_PROXIES", default="") or HTTPS)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES: how many proxies of yours a request passes; 0 or more.")
PROXY_ADDRESSES = safety.networks(env.list("PROXY_ADDRESSES", default=["127.0.0.0/8", "::1"]))
ALLOW_UNSAFE = env.list("ALLOW_UNSAFE", default=[])
REDIS_URL = env.str("REDIS_URL", default="")
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")
ADMIN_PASSWORD = env.str("ADMIN_PASSWORD", default="")
IS_OWN_MACHINE = not HTTPS and safety.is_own_machine(ALLOWED_HOSTS)  # reached from no other, as `make run` is
DEMO_LOGINS = IS_OWN_MACHINE or safety.DEMO_LOGINS in ALLOW_UNSAFE  # else they get in no more
REQUEST_SECONDS = env.int("REQUEST_SECONDS", default=10)  # for a request's head, and for a pause in its body or answer
FORCE_SCRIPT_NAME = ""  # the site stands at the root of its host, whatever a header says

# Database -------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
IS_EMBEDDED = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if DEBUG and (HTTPS or not IS_EMBEDDED):
    raise ImproperlyConfigured(
        "DEBUG shows settings and source to whoever meets an error. It works with the embedded database on one's own "
        "machine only: unset DEBUG, or unset HTTPS and DATABASE_URL."
    )
if IS_EMBEDDED and REDIS_URL:
    raise ImproperlyConfigured(
        "REDIS_URL is set, so a separate worker is expected, but the database is SQLite, which serves "
        "one process only. Set DATABASE_URL to PostgreSQL, or unset REDIS_URL."
    )
if IS_EMBEDDED:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A host that is cut off in the middle of a transaction must not keep its rows locked for ever.
    IDLE_TRANSACTION_SECONDS = env.int("IDLE_TRANSACTION_SECONDS", default=300)
    given = DATABASES["default"].setdefault("OPTIONS", {})
    idle = f"-c idle_in_transaction_session_timeout={IDLE_TRANSACTION_SECONDS}s"
    given["options"] = f"{given.get('options', '')} {idle}".strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def kept_secret(path: Path) -> str:
    """The embedded default's own secret: made at the first start, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and IS_EMBEDDED:
    SECRET_KEY = kept_secret(VAR_DIR / "secret_key")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: at least 50 random characters, the same on every host.")
refusals = safety.refusals(secret_key=SECRET_KEY, hosts=ALLOWED_HOSTS, allowed=ALLOW_UNSAFE, proxies=PROXY_ADDRESSES)
if refusals:
    raise ImproperlyConfigured("\n".join(refusals))

# Applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "county_urbanization.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
    *ROOMS,
]
MIDDLEWARE = [
    # What sets headers stands before what answers: static files, redirects and errors carry them too.
    "lib.web.tracing.RequestMiddleware",
    "lib.web.metrics.MeasureMiddleware",
    "lib.web.methods.MethodsMiddleware",  # its headers depend on the site that asks: outside of what is kept
    "lib.listapi.deprecations.DeprecationMiddleware",  # for answers that are kept as well
    "accounts.answer_cache.KeptAnswerMiddleware",  # outside of those: what it keeps carries their headers
    "django.middleware.security.SecurityMiddleware",
    "lib.web.headers.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "lib.web.languages.LanguageMiddleware",
    "lib.web.slashes.SlashMiddleware",
    "lib.web.body_limit.BodyMiddleware",
    "lib.web.text_guard.CharactersMiddleware",
    # Who reads with a token goes no further: what follows is for browsers.
    "accounts.middleware.TokenMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lib.web.body_limit.SenderMiddleware",  # before any layer that reads a form
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "journal.middleware.OriginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "identity.middleware.DutiesMiddleware",
    "identity.middleware.OwedMiddleware",
    "identity.middleware.AskAgainMiddleware",
    "lib.files.turns.TurnsMiddleware",
    "pagecache.revalidation.RevalidationMiddleware",
    "journal.once.OnceMiddleware",
    "journal.idempotency.IdempotencyMiddleware",
    "seeding.no_plan.NoPlanMiddleware",
]
ROOT_URLCONF = "county_urbanization.urls"
WSGI_APPLICATION = "county_urbanization.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "figures.templatetags.display",
                "figures.templatetags.components",
                "figures.templatetags.joining",
                "lib.web.url_tag",
            ],
        },
    },
]

SITE_NAME = "县城城镇化建设监测平台"

# Accounts -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.LockOutBackend",
    "access.backends.DirectoryBackend",
    "accounts.backends.OrganisationBackend",  # the last: by which whoever a provider has sent is in
]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "identity.plain_passwords.PlainPasswordValidator"},
]
# Too many wrong passwords for one name from one address: that pair waits, and nobody can lock out another's desk.
AXES_FAILURE_LIMIT = 5
GUARD_ADDRESS_AT = env.int("GUARD_ADDRESS_AT", default=100)  # for any names from one address: then the same
GUARD_NAME_AT = 50  # wrong passwords for one name from all addresses: then only browsers that it has come in by
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "access.locks.locked_out"
AXES_USERNAME_CALLABLE = "accounts.known_browsers.counted_by"
AXES_DISABLE_ACCESS_LOG = True  # the log has the logins
AXES_ENABLE_ADMIN = False  # unlocking is done on the list of users
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS: list[str] = []  # who failed, and from where, is what the log is read for
SESSION_ENGINE = "identity.sessions"
SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # names that a browser takes from this host alone: other sites of the city's domain plant none
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
# The city's domain carries other sites, so this one does not speak for its subdomains nor ask to be preloaded.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_SSL_REDIRECT = HTTPS
# Monitors ask on this machine, behind the proxy, by its address: these three tell no secret and make no link.
ASKED_BY_MONITORS = ("/healthz", "/readyz", "/metrics")
SECURE_REDIRECT_EXEMPT = [f"^{path[1:]}$" for path in ASKED_BY_MONITORS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],  # Plotly writes style attributes
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# API -------------------------------------------------------------------------------------------
API_REALM = "county_urbanization"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PARSER_CLASSES": ["lib.web.parsers.PlainJSONParser"],
    "EXCEPTION_HANDLER": "lib.web.problems.handler",
}
API_CONTACT = env.str("API_CONTACT", default="")  # whom the description names; who runs the site knows
API_LICENCE = env.str("API_LICENCE", default="")
# What the office states of its data in the words of a data exchange platform's directory (docs/deployment.md).
RESOURCE_CATALOGUE = env.json("RESOURCE_CATALOGUE", default={})
if misstated := safety.wrong_statement(RESOURCE_CATALOGUE):
    raise ImproperlyConfigured(f"RESOURCE_CATALOGUE: {misstated}")
SPECTACULAR_SETTINGS = {
    "TITLE": "County urbanization monitor API",  # generators make names of it, in ASCII
    "DESCRIPTION": (
        f"{SITE_NAME}接口。官方数值、年度目标、省定标准及其评估；报送系统写入。代码永不改变。"
        "错误一律为 application/problem+json（RFC 9457）。"
        "数字为 JSON 数字，缺值为 null，时间为 UTC；算得的数保留9位小数，各种格式里相同。"
        "不想来问的，由平台推送变更（Webhook，在网页上登记）：签名、内容和补取见使用说明 /help/api/。"
        "出错时的文字按 Accept-Language（en 为英文）。\n\n"
        "SDMX 的地址照 SDMX 标准，不在下面逐个列出：2.1 REST 在 `/api/sdmx/2.1/`（`data`、`availableconstraint`、"
        "`dataflow`、`datastructure`、`codelist` 等结构），3.0 REST 在 `/api/sdmx/3.0/`（`data`、`availability`、"
        "`structure`）。可照抄的例子见[使用说明](/help/api/)。"
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": "/", "description": "本站"}],
    "TAGS": [
        {"name": "基础数据", "description": "区划、指标：代码、名称和依据"},
        {"name": "数据", "description": "官方数值、目标、标准、评估、项目、资金、承诺"},
        {"name": "报送", "description": "各地区的填报表：读取、保存、交出、提交、审核"},
        {"name": "变更", "description": "官方数据的每一次变动"},
    ],
    **({"CONTACT": {"name": API_CONTACT}} if API_CONTACT else {}),
    **({"LICENSE": {"name": API_LICENCE}} if API_LICENCE else {}),
    "POSTPROCESSING_HOOKS": [
        "lib.listapi.openapi.add_components",
        "lib.listapi.http_headers.add_headers",
        "lib.listapi.links.add_links",
        "lib.listapi.deprecations.mark_deprecated",
    ],
    "WEBHOOKS": [
        "messaging.webhook_schema.CHANGES_RECORDED",
        "messaging.webhook_schema.NOTICE_CREATED",
        "messaging.webhook_schema.TEST",
    ],
    "SORT_OPERATION_PARAMETERS": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
SNAPSHOTS_KEPT = env.int("SNAPSHOTS_KEPT", default=24)  # files; an older one is made again when it is asked for
MCP = env.bool("MCP", default=False)  # the lists for language models, at /api/mcp/: read only, with a token
SANDBOX_MAKER = "seeding.sandbox"
DATA_VERSION = "journal.versions"
REGISTER_FIGURES = ["projects.register_figures"]  # what rules between numbers may name beside indicators
TOKEN_RATE = env.int("TOKEN_RATE", default=6000)
PERSON_RATE = env.int("PERSON_RATE", default=TOKEN_RATE)  # for all tokens that one person has made
TOKEN_MOST_DAYS = env.int("TOKEN_MOST_DAYS", default=365)
if TOKEN_MOST_DAYS < 1:
    raise ImproperlyConfigured("TOKEN_MOST_DAYS: how many days an access token lives at the most; 1 or more.")
TOKEN_USAGE_SECONDS = 10
CORS_ORIGINS = env.list("CORS_ORIGINS", default=[])
if wrong := safety.no_origins(CORS_ORIGINS):
    raise ImproperlyConfigured(
        f"CORS_ORIGINS: {wrong[0]!r} is no origin; write scheme and host, as in https://a.example."
    )

# Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Static files: Plotly's library is served from its wheel, never copied into the tree ------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
GUIDE_FILES = {"guide": BASE_DIR / "docs" / "guide.md", "api": BASE_DIR / "docs" / "api.md"}
STATICFILES_DIRS = [BASE_DIR / "static", ("guide/pictures", BASE_DIR / "docs" / "pictures")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lib.web.staticfiles.WheelFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lib.web.staticfiles.CompressedOnceStorage"},
}
MEDIA_ROOT = VAR_DIR / "uploads"

# Messages that leave the site (county_urbanization/outgoing.py) lead back to it -----------------
SITE_ADDRESS = env.str("SITE_ADDRESS", default="").rstrip("/")
if SITE_ADDRESS and safety.no_origins([SITE_ADDRESS]):
    raise ImproperlyConfigured(f"SITE_ADDRESS: {SITE_ADDRESS!r}; write scheme and host, as in https://a.example.")

# Tasks and cache ------------------------------------------------------------------------------
REDIS_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_OPTIONS,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}},
}
KEPT_ANSWERS = 200  # answers to tokens, of 100 kB at most, that a process has in memory; 0: each request makes its own
LONG_AT_ONCE = 3  # files and previews under way for one login or token; 0: any number
FINISHED_PAGE_SECONDS = 600  # how long a page is kept for others; 0: each request makes its own
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0}
# A lost broker must not hold up a request: the outbox has the work and the sweep will find it.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# Logs and counts --------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if IS_EMBEDDED else "json")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it can be line or json.")
REQUEST_LOG = "county_urbanization.requests"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "lib.web.logs.TraceFilter"}},
    "formatters": {"line": {"()": "lib.web.logs.PlainLines"}, "json": {"()": "lib.web.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["trace"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "celery.app.trace": {"level": "WARNING" if not REDIS_URL else "INFO"},
        "gunicorn.error": {"handlers": [], "propagate": True},
    },
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
AUDIT_KEY_FILE = AUDIT_KEY_FILE or str(VAR_DIR / "audit_key.pem")  # noqa: F405
AUDIT_APPEND_ONLY = True  # held by triggers of the database, put up after each migration
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
PENDING_SECONDS = env.int("PENDING_SECONDS", default=max(600, 10 * SWEEP_SECONDS))  # noqa: F405
if not IS_EMBEDDED:  # several processes count: into one directory, named before the first of them does
    METRICS_DIR = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(VAR_DIR / "metrics")))
    METRICS_DIR.mkdir(parents=True, exist_ok=True)

# Data -----------------------------------------------------------------------------------------
DEMO_PLAN_FILE = BASE_DIR / "fixtures" / "plan.yaml"  # the plan that the demonstration speaks of
PLAN_FILE = BASE_DIR / (env.str("PLAN_FILE", default="") or DEMO_PLAN_FILE)
DEPRECATIONS_FILE = BASE_DIR / "fixtures" / "deprecations.yaml"
PLAN_SCHEMA_FILE = BASE_DIR / "fixtures" / "plan.schema.json"
HOLIDAYS_FILE = BASE_DIR / "fixtures" / "holidays.yaml"
BOUNDARIES_FILE = BASE_DIR / "fixtures" / "hangzhou_counties.geojson"
