"""LibreOffice as a program that reads and writes tables: many files by one start of it, without a window."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
MISSING = "LibreOffice is not installed"
HARMLESS = re.compile(r"failed to launch javaldx")  # it says so wherever there is no Java
SECONDS = 300


def saved_by_libreoffice(files: dict[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The files opened and saved as .xlsx, each under its name without extension, and what the program warned of."""
    with tempfile.TemporaryDirectory() as place:
        sent, got = Path(place, "sent"), Path(place, "got")
        sent.mkdir()
        for name, content in files.items():
            (sent / name).write_bytes(content)
        command = [SOFFICE, f"-env:UserInstallation=file://{place}/profile", "--headless", "--norestore"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(got)]
        command += [str(sent / name) for name in files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        told = [line for line in done.stderr.splitlines() if line.strip() and not HARMLESS.search(line)]
        told += [line for line in done.stdout.splitlines() if not line.startswith(("convert ", "Overwriting"))]
        return {path.stem: path.read_bytes() for path in got.iterdir()}, told
