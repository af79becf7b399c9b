"""Errors of functions behind `sam local start-lambda`."""

from local.sam.remote_function import is_function_error


def test_only_an_object_with_both_error_fields_is_an_error() -> None:
    assert is_function_error(b'{"errorMessage": "no", "errorType": "ValueError", "requestId": "1", "stackTrace": []}')
    assert not is_function_error(b'{"statusCode": 200, "body": "errorMessage and errorType"}')
    assert not is_function_error(b'"errorMessage"')
    assert not is_function_error(b"not JSON")
