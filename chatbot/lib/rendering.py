"""JSON for REST answers, encoded in a tenth of the time that DRF's renderer takes."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder


def _plain(value: Any) -> str:
    if isinstance(value, str | Promise):  # texts of a class of their own, as errors and translations are
        return str(value)
    raise TypeError


_encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")


class FastJSON(JSONRenderer):
    """What msgspec cannot encode goes the slow way, half a surrogate pair as an escape."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The body."""
        if data is None:
            return b""
        if self.get_indent(accepted_media_type or "", {**(renderer_context or {})}) is None:
            try:
                return _encoder.encode(data)
            except UnicodeEncodeError:
                return json.dumps(data, cls=JSONEncoder, separators=(",", ":")).encode()
            except (TypeError, OverflowError):
                pass
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered
