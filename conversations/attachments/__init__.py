"""Files of users: taken by what they are, kept, given to messages, removed."""
