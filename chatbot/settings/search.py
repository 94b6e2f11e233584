"""Search over messages."""

from chatbot import env

_POSTGRESQL_HAS = (
    "simple arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian irish "
    "indonesian italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish "
    "yiddish"
)

# Which forms of a word are one word; `simple` leaves every word as it is. After a change `manage.py search_language`
# makes what is stored follow.
SEARCH_LANGUAGE = env.choice("SEARCH_LANGUAGE", "english", tuple(_POSTGRESQL_HAS.split()))
