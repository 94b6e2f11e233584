"""One streamed answer of one target, of which nothing but the text is wanted."""

from collections.abc import Callable

from streaming.llm.call import close, limit_name, open_stream
from streaming.llm.chunks import ChunkReader
from streaming.llm.types import Finish, Prompt, Target, Timeouts

__all__ = ["close", "stream_chat"]


async def stream_chat(target: Target, prompt: Prompt, on_text: Callable[[str], None], timeouts: Timeouts) -> Finish:
    """Streams one answer into `on_text` and tells how it ended; raises LLMError."""
    body = {limit_name(target): prompt.max_tokens, **target.parameters, "messages": prompt.messages}
    if target.temperature is not None:
        body.setdefault("temperature", target.temperature)
    reader = ChunkReader(on_text)
    async with open_stream(target, body, timeouts) as stream:
        async for part in stream.parts:
            if reader.feed(part):
                stream.heard()
            if reader.ended:
                break
        return reader.finish()
