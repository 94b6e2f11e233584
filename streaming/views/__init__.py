"""The forms behind the chat page: what people do to messages without JavaScript."""
