"""The apps, the middleware, templates, static files and languages."""

from pathlib import Path

from chatbot import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
DEBUG = env.flag("DEBUG")
SITE_NAME = env.text("SITE_NAME", "Chatbot")

INSTALLED_APPS = [
    "chatbot.apps.ChatbotConfig",
    "chatbot.accounts",
    "conversations",
    "moderation",
    "streaming",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "chatbot.apps.SessionsConfig",
    "channels",
    "rest_framework",
    "django.contrib.humanize",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "chatbot.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

# The first block is asynchronous, the second is not, and a view runs in the thread of the second: one change of threads
# for each request, where each change costs a third of a millisecond.
MIDDLEWARE = [
    "chatbot.middleware.TrustedProxyMiddleware",
    "chatbot.middleware.RequestTaskMiddleware",
    "chatbot.middleware.EncodingMiddleware",
    "chatbot.middleware.RequestIdMiddleware",
    "chatbot.middleware.RateLimitHeadersMiddleware",
    "chatbot.compression.CompressionMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    #
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "chatbot.headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    "chatbot.accounts.activity.SessionActivityMiddleware",
]

ROOT_URLCONF = "chatbot.urls"
ASGI_APPLICATION = "chatbot.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatbot.context.site",
            ],
        },
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "chatbot.accounts.authentication.BearerAuthentication",
        "chatbot.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["chatbot.accounts.permissions.MayUseChat"],
    "DEFAULT_RENDERER_CLASSES": ["chatbot.lib.rendering.FastJSON"],
    "DEFAULT_PARSER_CLASSES": ["chatbot.lib.api.JSONBody"],
    "DEFAULT_METADATA_CLASS": "chatbot.lib.api.Metadata",
    "DEFAULT_PAGINATION_CLASS": "chatbot.lib.api.CursorPages",
    "EXCEPTION_HANDLER": "chatbot.lib.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

LANGUAGE_CODE = "en"
# Only what our own pages speak: Django and allauth would otherwise answer in the browser's language beside them.
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The start of a process must not wait for the database.
PROMETHEUS_EXPORT_MIGRATIONS = False
