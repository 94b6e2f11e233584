"""The page that draws diagrams: of no origin, and without a way out."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries


@pytest.mark.django_db
def test_the_page_is_sandboxed_by_its_own_policy_and_framed_by_us_alone(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/diagram/")
    assert response.status_code == 200
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-scripts",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert b"diagram-frame" in response.content
