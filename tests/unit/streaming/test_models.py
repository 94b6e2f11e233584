"""What a provider's address may be."""

import pytest
from django.core.exceptions import ValidationError

from streaming.models import check_base_url


@pytest.mark.parametrize(
    "address", ["https://api.openai.com/v1", "http://ollama:11434/v1", "http://127.0.0.1:8080/v1", "http://[::1]:80/v1"]
)
def test_an_address_on_the_internet_or_inside_a_network_is_fine(address: str) -> None:
    check_base_url(address)


@pytest.mark.parametrize(
    "address",
    ["", "api.openai.com/v1", "file:///etc/passwd", "http://", "http://a b/v1", "http://[::1/v1", "http://h:x/"],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        check_base_url(address)
