"""The two sizes of window that every important thing is tried in."""

import pytest
from playwright.sync_api import ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

on_desktop_and_phone = pytest.mark.parametrize(
    "viewport", [pytest.param(DESKTOP, id="1280x800"), pytest.param(PHONE, id="390x844")]
)
on_phone = pytest.mark.parametrize("viewport", [pytest.param(PHONE, id="390x844")])
