"""The settings of what has to last unaltered: digests and keeping of the audit log, the log server, files at rest.
settings.py takes over each of them."""

import hashlib
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from county_urbanization.environment import env

# The digests of the audit log's chain, and those in backups; sm3 where GB/T 32905 is asked for. What stands keeps its.
AUDIT_DIGEST, FILE_DIGEST = env.str("AUDIT_DIGEST", default="sha256"), env.str("FILE_DIGEST", default="sha256")
for name, given in (("AUDIT_DIGEST", AUDIT_DIGEST), ("FILE_DIGEST", FILE_DIGEST)):
    if given not in {"sha256", "sm3"} & hashlib.algorithms_available:
        raise ImproperlyConfigured(f"{name} is {given!r}; it can be sha256, or sm3 where Python's OpenSSL brings it.")
# How long the log stays in the database beyond the plan's end; what is older leaves by an export signed with the key of
# this file (Ed25519). Public keys of former files that still count.
AUDIT_KEEP_DAYS = env.int("AUDIT_KEEP_DAYS", default=400)
AUDIT_KEY_FILE = env.str("AUDIT_KEY_FILE", default="")  # empty: audit_key.pem in VAR_DIR
AUDIT_TRUSTED_KEYS = env.list("AUDIT_TRUSTED_KEYS", default=[])
if AUDIT_KEEP_DAYS < 180:  # six months are the law's least (网络安全法, article 21)
    raise ImproperlyConfigured("AUDIT_KEEP_DAYS: how many days the audit log is kept; 180 at the least.")
# The log server of the office, by RFC 5424: udp://, tcp:// or tls://host[:port]. Nothing: the log stays here.
AUDIT_SYSLOG = env.str("AUDIT_SYSLOG", default="")
AUDIT_SYSLOG_CA_FILE = env.str("AUDIT_SYSLOG_CA_FILE", default="")
if AUDIT_SYSLOG and not re.fullmatch(r"(?:udp|tcp|tls)://(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?", AUDIT_SYSLOG):
    raise ImproperlyConfigured("AUDIT_SYSLOG reads like tls://log.example, tcp://10.1.2.3:601 or udp://10.1.2.3.")

# Files at rest: backups and what people attach are sealed by aes (AES-256) or sm4 (GB/T 32907) with the key of a file.
FILE_CIPHER = env.str("FILE_CIPHER", default="")
FILE_KEY_FILE = env.str("FILE_KEY_FILE", default="")
if FILE_CIPHER not in {"", "aes", "sm4"}:
    raise ImproperlyConfigured(f"FILE_CIPHER is {FILE_CIPHER!r}; it can be aes or sm4.")
if FILE_CIPHER and (not Path(FILE_KEY_FILE).is_file() or Path(FILE_KEY_FILE).stat().st_size < 32):
    raise ImproperlyConfigured(
        "FILE_CIPHER is set: name in FILE_KEY_FILE a file with at least 32 random bytes, for example what "
        "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` prints. Without it no backup opens: keep it "
        "where the backups are not."
    )
