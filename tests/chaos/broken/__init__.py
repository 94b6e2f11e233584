"""Variants of processes that break a promise on purpose: the checker must catch each of them.

They change the product's own modules, so Django is set up before they import them.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
django.setup()
