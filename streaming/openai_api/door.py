"""What all views of this door share: the method, errors in OpenAI's shape, OpenAI's headers."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chatbot.lib import metrics
from chatbot.lib.errors import AppError
from streaming.openai_api.errors import as_api_error, wrong_method

logger = logging.getLogger(__name__)

# The version of OpenAI's API whose objects these are.
VERSION = "2020-10-01"

AsyncView = Callable[..., Awaitable[HttpResponseBase]]
AsgiView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def openai_door(method: str | None) -> Callable[[AsyncView], AsgiView]:
    """An async view of one HTTP method (None: of any). It authenticates by itself, with the CSRF check where a session
    cookie is the credential.
    """

    def decorate(view: AsyncView) -> AsgiView:
        @csrf_exempt
        @wraps(view)
        async def door(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            began_at = perf_counter()
            try:
                if method is not None and request.method != method:
                    raise wrong_method(request, method)
                response = await view(request, **kwargs)
            except Exception as error:
                api_error = as_api_error(error, request)
                if api_error.label == AppError.code:
                    logger.exception("/v1 failed")
                metrics.ERRORS.labels(api_error.label).inc()
                response = api_error.response()
            response["openai-version"] = VERSION
            response["openai-processing-ms"] = str(round((perf_counter() - began_at) * 1000))
            return response

        return door

    return decorate
