"""The settings of where the site itself goes: which hosts it may ask, what it pulls from, the mail server and the
robots that carry its messages. settings.py takes over each of them."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from county_urbanization.environment import env
from lib.web.outbound import Allowed

OUTBOUND_HOSTS = env.list("OUTBOUND_HOSTS", default=[])
try:
    OUTBOUND_ALLOWED = Allowed.of(OUTBOUND_HOSTS)
except ValueError as error:
    raise ImproperlyConfigured(
        f"OUTBOUND_HOSTS: {str(error)!r} is no host name, address or network, as in hooks.example.cn,10.1.0.0/16."
    ) from None
PULL_FOLDER = Path(folder) if (folder := env.str("PULL_FOLDER", default="")) else None  # SQLite files of other systems
# Databases elsewhere have to speak TLS: the file of who signs their certificates; whether the line is safe without.
PULL_CA_FILE = env.str("PULL_CA_FILE", default="")
PULL_PLAIN = env.bool("PULL_PLAIN", default=False)
if PULL_CA_FILE and not os.access(PULL_CA_FILE, os.R_OK):
    raise ImproperlyConfigured(f"PULL_CA_FILE is {PULL_CA_FILE!r}, which cannot be read.")
# Mail: where no server is named, none leaves.
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=EMAIL_HOST_USER)
if EMAIL_HOST and not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("EMAIL_HOST is set: set DEFAULT_FROM_EMAIL too, the address that notices come from.")
DINGTALK_ADDRESS = env.str("DINGTALK_ADDRESS", default="https://oapi.dingtalk.com").rstrip("/")
DINGTALK_ROBOTS = env.dict("DINGTALK_ROBOTS", default={})  # unit's code, or *, → access_token:secret
DINGTALK_APP_KEY = env.str("DINGTALK_APP_KEY", default="")
DINGTALK_APP_SECRET = env.str("DINGTALK_APP_SECRET", default="")
DINGTALK_AGENT_ID = env.int("DINGTALK_AGENT_ID", default=0)
if DINGTALK_APP_KEY and not (DINGTALK_APP_SECRET and DINGTALK_AGENT_ID):
    raise ImproperlyConfigured("DINGTALK_APP_KEY is set: set DINGTALK_APP_SECRET and DINGTALK_AGENT_ID too.")
WECOM_ADDRESS = env.str("WECOM_ADDRESS", default="https://qyapi.weixin.qq.com").rstrip("/")
WECOM_ROBOTS = env.dict("WECOM_ROBOTS", default={})  # unit's code, or *, → key
