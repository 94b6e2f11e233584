"""The REST doors of accounts: log-in of programs, access keys, tickets for sockets, the own profile."""
