"""Calls the API as a partner's program would: Authlib, unmodified, over httpx.

The proxy and the authority are in HTTPS_PROXY and SSL_CERT_FILE, as Python's
libraries expect them.
"""

import os

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

api = os.environ["API"]
metadata = httpx.get(get_well_known_url(api, external=True)).raise_for_status().json()
AuthorizationServerMetadata(metadata).validate()

for method in metadata["token_endpoint_auth_methods_supported"]:
    with OAuth2Client(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method=method,
        grant_type="client_credentials",
        scope="objects/read objects/write",
    ) as client:
        client.fetch_token()
        url = f"{api}/objects/authlib-{method}"
        client.put(url, content=method.encode()).raise_for_status()
        answer = client.get(url).raise_for_status()
        assert answer.text == method, f"{url} holds {answer.text!r}"
        client.delete(url).raise_for_status()
        assert client.get(url).status_code == 404, f"{url} is still there"
    print(method)
