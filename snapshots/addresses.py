"""Where a snapshot's file stands, and what it is called on the web."""

from snapshots.files import SnapshotFile

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "sdmx-csv": "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8",
}


def path_of(found: SnapshotFile) -> str:
    """The address of a file that stays, without the site."""
    after = f"&after={found.after}" if found.after else ""
    return f"/api/v1/snapshots/{found.number}/?format={found.format}{after}"
