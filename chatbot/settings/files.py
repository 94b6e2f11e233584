"""Where files are kept: on this machine, in S3 or whatever speaks like it, or in Google Cloud Storage."""

from typing import Any

from chatbot import env
from chatbot.settings.base import VAR_DIR

FILES_STORAGE = env.choice("FILES_STORAGE", "local", ("local", "s3", "gcs"))

MEDIA_ROOT = VAR_DIR / "files"
# Only the account that runs us reads what users gave us.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700


def _s3() -> dict[str, Any]:
    options: dict[str, Any] = {
        "bucket_name": env.text("S3_BUCKET"),
        "location": env.text("S3_PREFIX", ""),
        "region_name": env.text("S3_REGION", "") or None,
        # For others than Amazon, for example https://minio.example.org; most of them want S3_ADDRESSING_STYLE=path.
        "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
        "addressing_style": env.choice("S3_ADDRESSING_STYLE", "auto", ("auto", "path", "virtual")),
        # Without keys the machine's own role is used.
        "access_key": env.text("S3_ACCESS_KEY_ID", "") or None,
        "secret_key": env.text("S3_SECRET_ACCESS_KEY", "") or None,
        "default_acl": None,
        # Names are made of ids: nothing is ever overwritten, and nobody need ask whether it would be.
        "file_overwrite": True,
        "max_memory_size": 2_500_000,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def _gcs() -> dict[str, Any]:
    options: dict[str, Any] = {
        "bucket_name": env.text("GCS_BUCKET"),
        "location": env.text("GCS_PREFIX", ""),
        "default_acl": None,
        "file_overwrite": True,
        "max_memory_size": 2_500_000,
    }
    # The key is found by Google's own GOOGLE_APPLICATION_CREDENTIALS, or is the machine's own.
    return {"BACKEND": "storages.backends.gcloud.GoogleCloudStorage", "OPTIONS": options}


def _local() -> dict[str, Any]:
    return {"BACKEND": "django.core.files.storage.FileSystemStorage"}


STORAGES = {
    "default": {"local": _local, "s3": _s3, "gcs": _gcs}[FILES_STORAGE](),
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
