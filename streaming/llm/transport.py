"""Carries the SDK's requests over aiohttp, and lets the reader of a stream get at the bytes as they arrive.

The SDK's own aiohttp transport passes every token through four generators, which costs 9 µs.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import httpx2

# Where a response keeps the reader of its body.
BODY = "chatbot.body"
# Connections to all providers together: one for each answer under way.
MAX_CONNECTIONS = 2_000


class _Body(httpx2.AsyncByteStream):
    """The body of a response."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in read_body(self._response.content):
            yield part

    async def aclose(self) -> None:
        """Gives the connection back when all was read; else closes it, which tells the provider to stop."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


async def read_body(body: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The parts of a body as they arrive; raises httpx2.ReadError when it breaks."""
    try:
        while part := await body.readany():
            yield part
    except aiohttp.ClientError as error:
        raise httpx2.ReadError(f"the body broke ({type(error).__name__})") from error


class Transport(httpx2.AsyncBaseTransport):
    """One pool of connections. Proxies and certificates come from the environment."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request and returns when the headers of its response are here.

        Raises httpx2.ConnectTimeout or httpx2.ConnectError.
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, ssl=httpx2.create_ssl_context())
            self._session = aiohttp.ClientSession(connector=connector, trust_env=True, auto_decompress=False)
        timeout = request.extensions.get("timeout", {})
        try:
            response = await self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(sock_connect=timeout.get("connect"), sock_read=timeout.get("read")),
            )
        except aiohttp.ServerTimeoutError as error:
            raise httpx2.ConnectTimeout(str(error), request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        return httpx2.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=_Body(response),
            request=request,
            extensions={BODY: response.content},
        )

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            # aiohttp closes TLS connections in the next turn of the loop.
            await asyncio.sleep(0)
