"""Sending a table as a person does: file, preview, confirmation of what the preview showed."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


def previewed(client: Client, page: str, content, name: str = "表.xlsx", **said) -> str:
    """Send a file to a form; the address of its preview."""
    file = content if isinstance(content, SimpleUploadedFile) else SimpleUploadedFile(name, content)
    answer = client.post(page, {"file": file, **said})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer.url


def confirmed(client: Client, preview: str, **typed):
    """Confirm what the preview shows."""
    seen = client.get(preview).context["fingerprint"]
    return client.post(preview, {"fingerprint": seen, **typed})


def recorded(client: Client, page: str, content, name: str = "表.xlsx", typed=None, **said) -> str:
    """Send and confirm; the token of the upload."""
    preview = previewed(client, page, content, name, **said)
    answer = confirmed(client, preview, **(typed or {}))
    assert answer.status_code == 302
    return preview.rstrip("/").rpartition("/")[2]
