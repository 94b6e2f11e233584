"""What all REST doors share: the error shape and the cursor pages of the contract."""

import logging
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.metadata import SimpleMetadata
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from chatbot.lib.errors import AppError, Forbidden, InvalidInput, NotFound, Overloaded, RateLimited, Unauthorized

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

TOO_LARGE = "The body is too large."
_LIMIT = re.compile(r"[1-9][0-9]{0,8}")


class CursorPages(CursorPagination):
    """`{"results", "next", "previous"}`, newest first. `?limit=` up to 100, 50 when not given."""

    ordering: str | list[str] | tuple[str, ...] = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """The rows of a page, as many as there may be where more are asked for. Raises InvalidInput for no number."""
        wanted = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not _LIMIT.fullmatch(wanted):
            raise InvalidInput(f"`{self.page_size_query_param}` must be a number from 1 on.")
        return min(int(wanted), self.max_page_size)

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any] | None:
        """One page; raises InvalidInput for a cursor that is not one of ours."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, ValidationError, ValueError) as error:
            raise InvalidInput("The cursor is not valid.") from error

    def decode_cursor(self, request: Request) -> Any:
        """The place that the cursor names; raises InvalidInput for a time without its offset, which none of ours is."""
        cursor = super().decode_cursor(request)
        position = str(cursor.position) if cursor else ""
        if "-" in position and (moment := parse_datetime(position)) and is_naive(moment):
            raise InvalidInput("The cursor is not valid.")
        return cursor


class Metadata(SimpleMetadata):
    """What OPTIONS tells of a door. What can be sent to it, the schema tells."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        """Nothing."""
        return {}


class JSONBody(JSONParser):
    """A JSON body of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes: DRF by itself would read any length."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The decoded body; raises InvalidInput when it is too large or nested too deeply."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise InvalidInput(TOO_LARGE)
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise InvalidInput("The body is nested too deeply.") from error


def as_app_error(error: Exception) -> AppError:
    """Any exception as one of ours. What nobody foresaw becomes `internal`, without its text."""
    match error:
        case AppError():
            return error
        case exceptions.ValidationError():
            return InvalidInput("Some fields are not valid.", details={"fields": error.detail})
        case exceptions.ParseError() | exceptions.UnsupportedMediaType():
            return InvalidInput(str(error.detail))
        case RequestDataTooBig():
            return InvalidInput(TOO_LARGE)
        case SuspiciousOperation():
            return InvalidInput()
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthorized()
        case exceptions.PermissionDenied() | PermissionDenied():
            return Forbidden()
        case exceptions.NotFound() | Http404():
            return NotFound()
        case OperationalError() | InterfaceError() | RedisError():
            return Overloaded(retry_after=5)
        case exceptions.Throttled():
            return RateLimited(retry_after=int(getattr(error, "wait", None) or 1))
    return AppError()


def error_headers(error: AppError) -> dict[str, str]:
    """The HTTP headers that go with an error: how to authenticate, and when to come back."""
    headers = {**error.headers}
    if error.status == Unauthorized.status:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return headers


def error_response(error: AppError) -> JsonResponse:
    """The contract's error as a plain Django response, for doors that are not DRF views."""
    return JsonResponse({"error": error.as_dict()}, status=error.status, headers=error_headers(error))


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every error of an API view in the contract's shape."""
    if isinstance(error, exceptions.MethodNotAllowed | exceptions.NotAcceptable):
        body = {"error": {"code": "invalid_input", "message": str(error.detail)}}
        return Response(body, status=error.status_code)
    app_error = as_app_error(error)
    if type(app_error) is AppError:
        logger.error("unhandled error in API view", exc_info=error, extra={"view": type(context["view"]).__name__})
    return Response({"error": app_error.as_dict()}, status=app_error.status, headers=error_headers(app_error))
