"""Settings, one topic a file. Values come from the environment; the modules are the same everywhere."""

import django_stubs_ext

from chatbot.settings.base import *
from chatbot.settings.data import *
from chatbot.settings.files import *
from chatbot.settings.llm import *
from chatbot.settings.logging import *
from chatbot.settings.openapi import *
from chatbot.settings.realtime import *
from chatbot.settings.retention import *
from chatbot.settings.search import *
from chatbot.settings.security import *
from chatbot.settings.sign_in import *

# Lets classes of Django be written with their model in brackets, as the type checker wants them.
django_stubs_ext.monkeypatch()
