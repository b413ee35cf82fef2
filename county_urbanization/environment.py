"""Where the tree stands, and the environment with `.env` beside it, read once for all modules of settings."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")
