"""Links in place of a file."""

from __future__ import annotations

import pytest

from margins.mail import cloud_link, parse


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("https://drive.google.com/file/d/1abc/view?usp=drive_web", "Google Drive"),
        ("<a href='https://docs.google.com/document/d/1'>Salt</a>", "Google Drive"),
        ("https://www.dropbox.com/s/abc/Salt.html?dl=0", "Dropbox"),
        ("https://1drv.ms/u/s!abc", "OneDrive"),
        ("https://finch-my.sharepoint.com/:u:/g/x", "OneDrive"),
        ("https://www.icloud.com/attachment/?u=https%3A%2F%2Fcvws", "iCloud"),
        ("https://we.tl/t-abc", "WeTransfer"),
        ("HTTPS://WETRANSFER.COM/downloads/x", "WeTransfer"),
        ("https://finch.example/drive.google.com/x", ""),
        ("https://notdropbox.com/s/x", ""),
        ("https://dropbox.com.finch.example/s/x", ""),
        ("dropbox.com", ""),
        ("", ""),
    ],
)
def test_services(text: str, service: str) -> None:
    """The service is named by the host of the link alone."""
    message = parse(f"Content-Type: text/html\n\nClick to download: {text}\n".encode())
    assert cloud_link(message) == service


def test_links_inside_the_export_do_not_count() -> None:
    """Attached files may link wherever they like."""
    message = parse(b"Content-Type: text/html; name=a.html\n\nhttps://www.dropbox.com/s/x")
    assert cloud_link(message) == ""


def test_encoded_bodies_of_every_part_are_read() -> None:
    """The link is found in quoted-printable, in the second alternative."""
    message = parse(
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nSee below.\n--b\n"
        b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
        b'<a href=3D"https://drive.goo=\ngle.com/open?id=3D1">x</a>\n--b--\n'
    )
    assert cloud_link(message) == "Google Drive"
