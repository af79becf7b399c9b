"""The operations that forks.py asks of the process that workers are forks of."""

import struct

REQUEST, ANSWER = struct.Struct("<Bi"), struct.Struct("<i")
FORK, END, KILL = 1, 2, 3
