"""The paths of the API and their methods, for requests that no route takes. tests/unit/web/test_unrouted.py compares
them with template.yaml.

A function knows only its own routes, and API Gateway tells none of them.
"""

from collections.abc import Mapping

METHODS: Mapping[str, str] = {
    "/.well-known/jwks.json": "GET",
    "/api/v1/api-keys": "GET POST",
    "/api/v1/api-keys/{key_id}": "GET PATCH DELETE",
    "/api/v1/api-keys/{key_id}/rotate": "POST",
    "/api/v1/auth/login": "POST",
    "/api/v1/auth/logout": "POST",
    "/api/v1/auth/refresh": "POST",
    "/api/v1/auth/register": "POST",
    "/api/v1/inference": "POST",
    "/api/v1/models": "GET POST",
    "/api/v1/models/{model_id}": "GET PUT PATCH DELETE",
    "/api/v1/models/{model_id}/aliases": "GET",
    "/api/v1/models/{model_id}/aliases/{alias}": "GET PUT DELETE",
    "/api/v1/models/{model_id}/aliases/{alias}/history": "GET",
    "/api/v1/models/{model_id}/changelog": "GET",
    "/api/v1/models/{model_id}/diff": "GET",
    "/api/v1/models/{model_id}/grants": "GET",
    "/api/v1/models/{model_id}/grants/{subject}": "PUT DELETE",
    "/api/v1/models/{model_id}/metadata": "GET PUT",
    "/api/v1/models/{model_id}/predict": "POST",
    "/api/v1/models/{model_id}/rollback": "POST",
    "/api/v1/models/{model_id}/status": "PATCH",
    "/api/v1/models/{model_id}/tags": "POST DELETE",
    "/api/v1/models/{model_id}/upload": "POST",
    "/api/v1/models/{model_id}/versions": "GET POST",
    "/api/v1/models/{model_id}/versions/{ref}": "GET PATCH DELETE",
    "/api/v1/models/{model_id}/versions/{ref}/deprecate": "POST",
    "/api/v1/models/{model_id}/versions/{ref}/download": "GET",
    "/api/v1/models/{model_id}/versions/{ref}/publish": "POST",
    "/api/v1/service-accounts": "GET POST",
    "/api/v1/service-accounts/{account_id}": "GET PATCH DELETE",
    "/api/v1/uploads/{upload_id}": "GET DELETE",
    "/api/v1/uploads/{upload_id}/complete": "POST",
    "/api/v1/uploads/{upload_id}/parts": "POST",
    "/api/v1/users": "GET",
    "/api/v1/users/invitations": "GET POST",
    "/api/v1/users/invitations/{invitation_id}": "DELETE",
    "/api/v1/users/me": "GET PATCH",
    "/api/v1/users/me/organizations": "GET POST",
    "/api/v1/users/me/sessions": "GET DELETE",
    "/api/v1/users/me/sessions/{session_id}": "GET DELETE",
    "/api/v1/users/{user_id}": "GET PATCH DELETE",
    "/healthz": "GET",
    "/readyz": "GET",
}
