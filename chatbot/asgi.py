"""The ASGI application: HTTP to Django, WebSockets to the consumer."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")

http = get_asgi_application()

from chatbot.bodies import BoundedBodies  # noqa: E402 - the errors need the settings that the line above loads
from streaming.routing import websocket_urlpatterns  # noqa: E402 - models need the apps that the line above loads

application = ProtocolTypeRouter({"http": BoundedBodies(http), "websocket": URLRouter(websocket_urlpatterns)})
