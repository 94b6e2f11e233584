"""What both servers keep to."""

# Seconds between pings of a socket: at 20 s they cost a tenth of a core for 20,000 sockets.
PING_SECONDS = 60
# Seconds that requests under way, streams of events among them, may go on after SIGTERM.
DRAIN_SECONDS = 5
# Close code of a socket whose server goes away for a restart: the client connects again and follows.
SERVICE_RESTART = 1012
# A peer that has taken nothing for so many seconds is disconnected. Until then its connection holds 64 KiB here, and
# whoever sends to it waits.
SLOW_SECONDS = 30.0
