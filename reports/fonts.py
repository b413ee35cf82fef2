"""The fonts of printed reports. The Chinese ones come by the wheel `pylopdf-fonts-zh-cn` (Noto Sans SC, Noto Serif SC;
SIL Open Font License), what these lack by DejaVu Sans out of matplotlib's wheel: nothing is taken from the machine."""

import importlib.util
from pathlib import Path

NOTO = "pylopdf_fonts_zh_cn"
WHEELS = {  # name: the package that carries it, and where in it
    "NotoSansSC-Regular.otf": (NOTO, ""),
    "NotoSerifSC-Regular.otf": (NOTO, ""),
    "DejaVuSans.ttf": ("matplotlib", "mpl-data/fonts/ttf"),
}


class ReportError(RuntimeError):
    """Why a report cannot be made, in plain words with what to do."""


def font_files() -> tuple[Path, ...]:
    """Sans, serif, and what has the other signs. ReportError where one is missing."""
    files = {name: _folder(package) / place / name for name, (package, place) in WHEELS.items()}
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing:
        packages = sorted({WHEELS[name][0].replace("_", "-") for name in missing})
        words = f"缺少字体 {'、'.join(missing)}：请重新安装 requirements.txt 里的 {'、'.join(packages)}。"
        raise ReportError(words)
    return tuple(files.values())


def _folder(package: str) -> Path:
    """Where an installed package lies, without importing it; nowhere for one that is not installed."""
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else Path("not-installed")
