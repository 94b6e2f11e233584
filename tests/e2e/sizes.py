"""The two sizes of window that every important thing is tried in."""

import pytest

from tests.e2e.conftest import DESKTOP, PHONE

on_desktop_and_phone = pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="1280x800"), pytest.param(PHONE, id="390x844")]
)
on_phone = pytest.mark.parametrize("viewport", [pytest.param(PHONE, id="390x844")])
