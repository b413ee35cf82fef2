from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """OWASP's parameters for argon2id (19 MiB, twice, one lane). Django's own take 100 MB and a third of a second of
    processor for each login: a morning's rush of some dozen would stop the site."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
