"""What both ends of a connection to the registry must agree on."""

# Bytes of a message. An answer is larger: 100 records of a page, each with the longest texts and metadata allowed.
REQUEST_MAX = 4 * 1024 * 1024
ANSWER_MAX = 16 * 1024 * 1024
# Milliseconds. Functions ping a connection every PING, also without calls, and give it up after PING_TIMEOUT. By
# default a server takes that for an attack (gRFC A8) and hangs up, so the registry allows it: one each PING_LEAST.
PING, PING_TIMEOUT, PING_LEAST = 10_000, 20_000, 1_000
