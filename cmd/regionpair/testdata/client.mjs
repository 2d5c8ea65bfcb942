// An unmodified OAuth client that is not written in Go: it finds the token
// endpoint by its metadata (RFC 8414) and asks for a token (RFC 6749, 4.4).
import * as client from "openid-client";

const [issuer, id, secret, scope] = process.argv.slice(2);
for (const authentication of [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]) {
  const configuration = await client.discovery(new URL(issuer), id, undefined, authentication, { algorithm: "oauth2" });
  const tokens = await client.clientCredentialsGrant(configuration, { scope });
  console.log(JSON.stringify({ endpoint: configuration.serverMetadata().token_endpoint, type: tokens.token_type, token: tokens.access_token }));
}
