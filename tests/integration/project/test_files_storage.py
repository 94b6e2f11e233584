"""FILES_STORAGE: the same code keeps files here or in S3, as the environment says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage, storages
from moto import mock_aws
from pytest_django import Settings

from chatbot.accounts.models import User
from conversations import tasks
from conversations.models import Attachment
from tests.integration.conversations.storage import later, names_of, stored, there
from tests.uploads import make_image

ROOT = Path(__file__).resolve().parents[3]
SHOW = "import json; from chatbot.settings.files import STORAGES; print(json.dumps(STORAGES['default']))"
S3 = {"FILES_STORAGE": "s3", "S3_BUCKET": "chat", "S3_REGION": "eu-central-1", "S3_PREFIX": "here"}
KEYS = {"S3_ACCESS_KEY_ID": "AKIATEST", "S3_SECRET_ACCESS_KEY": "secret"}


def settings_with(**environment: str) -> dict[str, Any]:
    """STORAGES["default"] of a process with this environment."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise ValueError(done.stderr)
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_without_a_word_files_are_kept_here() -> None:
    assert settings_with()["BACKEND"] == "django.core.files.storage.FileSystemStorage"


def test_s3_is_set_up_by_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    shown = settings_with(
        **S3,
        S3_ENDPOINT_URL="https://minio.example.org",
        S3_ADDRESSING_STYLE="path",
        S3_ACCESS_KEY_ID="ann",
        S3_SECRET_ACCESS_KEY_FILE=str(tmp_path / "secret"),
    )
    assert shown["BACKEND"] == "storages.backends.s3.S3Storage"
    options = shown["OPTIONS"]
    assert (options["bucket_name"], options["location"], options["region_name"]) == ("chat", "here", "eu-central-1")
    assert (options["endpoint_url"], options["addressing_style"]) == ("https://minio.example.org", "path")
    assert (options["access_key"], options["secret_key"]) == ("ann", "from a file")
    assert options["default_acl"] is None


def test_google_is_set_up_by_names_of_its_own() -> None:
    shown = settings_with(FILES_STORAGE="gcs", GCS_BUCKET="chat", GCS_PREFIX="here")
    assert shown["BACKEND"] == "storages.backends.gcloud.GoogleCloudStorage"
    assert (shown["OPTIONS"]["bucket_name"], shown["OPTIONS"]["location"]) == ("chat", "here")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"FILES_STORAGE": "floppy"}, "FILES_STORAGE must be one of local, s3, gcs"),
        ({"FILES_STORAGE": "s3"}, "S3_BUCKET is not set"),
        ({"FILES_STORAGE": "gcs"}, "GCS_BUCKET is not set"),
        ({**S3, "S3_ADDRESSING_STYLE": "odd"}, "S3_ADDRESSING_STYLE must be one of"),
    ],
)
def test_a_wrong_word_stops_the_start(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        settings_with(**environment)


@pytest.fixture
def bucket(settings: Settings) -> Iterator[Any]:
    """The default storage is a bucket of an S3 that lives in this process."""
    with mock_aws():
        client = boto3.resource("s3", region_name="eu-central-1")
        made = client.create_bucket(Bucket="chat", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        settings.STORAGES = {**settings.STORAGES, "default": settings_with(**S3, **KEYS)}
        yield made


@pytest.mark.django_db(transaction=True)
def test_attachments_live_and_end_in_s3(bucket: Any, user: User) -> None:
    attachment = stored(user, make_image((640, 400)))
    text = stored(user, "Grüße".encode())
    names = names_of(attachment)
    assert {entry.key for entry in bucket.objects.all()} == {f"here/{name}" for name in [*names, *names_of(text)]}
    assert there(names) == [True, True]
    with default_storage.open(str(text.file)) as file:
        assert file.read() == "Grüße".encode()
    assert type(storages["default"]).__name__ == "S3Storage"

    with pytest.raises(FileNotFoundError):
        default_storage.open("attachments/00/none")

    Attachment.objects.all().delete()
    assert tasks.remove_discarded() == 3
    assert list(bucket.objects.all()) == []
    later(hours=2)
    assert tasks.remove_discarded() == 0
