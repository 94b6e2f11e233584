"""Where files and archives are kept: on this machine, in S3 or whatever speaks like it, or in Google Cloud Storage."""

from pathlib import Path
from typing import Any

from chatbot import env
from chatbot.settings.base import VAR_DIR

FILES_STORAGE = env.choice("FILES_STORAGE", "local", ("local", "s3", "gcs"))

MEDIA_ROOT = VAR_DIR / "files"
# Bytes of a request that uploads a file: what the largest tier allows (max_attachment_bytes) and a little more.
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", 26 * 1024 * 1024)
# Bytes of a file of conversations to be imported.
MAX_IMPORT_BYTES = env.number("MAX_IMPORT_BYTES", 512 * 1024 * 1024)
# Bytes of a body that is read at all, by the beginning of its path, and of any other. Most doors refuse much less.
BODY_LIMITS = {
    "/api/v1/attachments/": MAX_UPLOAD_BYTES,
    # The form of the chat page, which may bring several files.
    "/send/": 2 * MAX_UPLOAD_BYTES,
    "/api/v1/imports/": MAX_IMPORT_BYTES,
    # What browsers report.
    "/api/v1/client-errors/": 8 * 1024,
    "/csp-report/": 8 * 1024,
    "/v1/": 64 * 1024 * 1024,
}
BODY_LIMIT = 8 * 1024 * 1024
# Only the account that runs us reads what users gave us.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Where large files grow before the storage gets them; the system's own folder for such files may be memory.
FILE_UPLOAD_TEMP_DIR = env.text("SCRATCH_DIR", "") or None
# Of the file of one import, in bytes.
MAX_IMPORT_BYTES = env.number("MAX_IMPORT_BYTES", 500_000_000)


def _s3(bucket: str, prefix: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bucket_name": bucket or env.text("S3_BUCKET"),
        "location": prefix,
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


def _gcs(bucket: str, prefix: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bucket_name": bucket or env.text("GCS_BUCKET"),
        "location": prefix,
        "default_acl": None,
        "file_overwrite": True,
        "max_memory_size": 2_500_000,
    }
    # The key is found by Google's own GOOGLE_APPLICATION_CREDENTIALS, or is the machine's own.
    return {"BACKEND": "storages.backends.gcloud.GoogleCloudStorage", "OPTIONS": options}


def _storage(kind: str, *, bucket: str, prefix: str, folder: Path) -> dict[str, Any]:
    match kind:
        case "s3":
            return _s3(bucket, prefix)
        case "gcs":
            return _gcs(bucket, prefix)
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}


STORAGES = {
    "default": _storage(
        FILES_STORAGE,
        bucket="",
        prefix=env.text(f"{FILES_STORAGE.upper()}_PREFIX", ""),
        folder=MEDIA_ROOT,
    ),
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}

# What retention takes out is archived here first. Without an archive it is only deleted.
ARCHIVE_STORAGE = env.choice("ARCHIVE_STORAGE", "off", ("off", "local", "s3", "gcs"))
if ARCHIVE_STORAGE != "off":
    STORAGES["archive"] = _storage(
        ARCHIVE_STORAGE,
        # A bucket of its own can have rules of its own: who reads it, and for how long nothing in it is overwritten.
        bucket=env.text("ARCHIVE_BUCKET", ""),
        prefix=env.text("ARCHIVE_PREFIX", "archive"),
        folder=VAR_DIR / "archive",
    )
