"""Limits that both ends of a connection to the registry must share."""

# Bytes of a message. An answer can be larger: a page has 100 records with the longest texts and metadata allowed.
REQUEST_MAX = 4 * 1024 * 1024
ANSWER_MAX = 16 * 1024 * 1024
# Milliseconds. A function pings its connection every PING, also without calls, and closes it after PING_TIMEOUT
# without an answer. A server closes connections with so many pings by default (gRFC A8), so the registry allows one
# every PING_LEAST.
PING, PING_TIMEOUT, PING_LEAST = 10_000, 20_000, 1_000
