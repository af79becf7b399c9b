"""Programs that call a stack with clients of other projects. Each runs in an environment of its own.

A program reads JSON from standard input: `url`, `predictor` (host:port of gRPC; None if there is none), `token`,
`model` and `tensors`, each with `name`, `datatype`, `shape` and `data` (the bytes in base64). It prints JSON: by way of
calling, the outputs by name as `[datatype, shape, data]`.
"""
