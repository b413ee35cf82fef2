"""The static files that wheels and the tree's own folders outside static/ bring: served from there, never copied into
the tree. settings.py takes over each of these settings."""

import importlib.util
from pathlib import Path

from county_urbanization.environment import BASE_DIR


def _folder_of(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    return Path(found.origin).parent


PLOTLY_BUNDLE_DIR = _folder_of("plotly") / "package_data"
# The slim bundle where `make assets` has built it, else the whole library.
SLIM_BUNDLE = BASE_DIR / "assets" / "build" / "plotly.min.js"
SWAGGER_DIR = _folder_of("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
WHEEL_STATIC_FILES = (
    {
        "plotly/plotly.min.js": SLIM_BUNDLE if SLIM_BUNDLE.exists() else PLOTLY_BUNDLE_DIR / "plotly.min.js",
    }
    | {
        f"guide/clients/{name}": BASE_DIR / "clients" / name
        for name in (
            "county_urbanization_client.py",
            "county_urbanization.R",
            "typescript/index.js",
            "typescript/index.d.ts",
            "typescript/package.json",
        )
    }
    | {
        f"swagger/{name}": SWAGGER_DIR / name
        for name in ("swagger-ui.css", "swagger-ui.css.map", "swagger-ui-bundle.js", "swagger-ui-bundle.js.map")
    }
)
