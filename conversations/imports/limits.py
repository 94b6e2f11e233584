"""What an import may bring. What is longer is cut or left out, and the user is told."""

MIB = 1 << 20

# Of one conversation as JSON: it is held in memory while it is taken in.
CONVERSATION_BYTES = 64 * MIB
# Of one in which characters must be replaced first: that takes many times as much memory.
REPAIRED_BYTES = 16 * MIB
# Of all that is unpacked from one zip, and of its list of contents.
UNPACKED_BYTES = 4_096 * MIB
DIRECTORY_BYTES = 16 * MIB
# Brackets within brackets. What we know has seven or eight.
DEPTH = 64

CONVERSATIONS = 100_000
MESSAGES = 100_000
# Characters of one message.
CONTENT = 1_000_000
TITLE = 200
FOLDER = 80
PROBLEMS = 100
