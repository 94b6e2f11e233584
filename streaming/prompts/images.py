"""How many tokens an image takes, whichever model sees it."""

import math

# OpenAI shrinks to 2,048 on a side, then to 768 on the shorter one, and counts 85 and 170 for each tile of 512
# (platform.openai.com/docs/guides/images-vision). Qwen's models count one for each 28 x 28 pixels as they are.
OPENAI_SIDE, OPENAI_SHORTER_SIDE, OPENAI_TILE = 2_048, 768, 512
OPENAI_BASE, OPENAI_TILE_TOKENS = 85, 170
PATCH = 28


def image_tokens(width: int, height: int) -> int:
    """The larger of two ways of counting, for an image of so many pixels."""
    return max(_by_tiles(width, height), math.ceil(width / PATCH) * math.ceil(height / PATCH))


def _by_tiles(width: int, height: int) -> int:
    scale = min(1.0, OPENAI_SIDE / max(width, height), OPENAI_SHORTER_SIDE / min(width, height))
    tiles = math.ceil(width * scale / OPENAI_TILE) * math.ceil(height * scale / OPENAI_TILE)
    return OPENAI_BASE + OPENAI_TILE_TOKENS * tiles
