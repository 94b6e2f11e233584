"""Search over a user's own messages and the titles of their conversations.

A query is words, "phrases", -words to leave out, `or` between words, and beginnings* of words (`query`). Words are
found as they are written and, by the language of the installation, in their other forms. Where no message has the
words, those are found that have them as parts of words, or words that are spelt almost like them (`words`). The newest
matches are found first, some hundred at a time (`matches`), and ranked among themselves (`pages`).
"""
