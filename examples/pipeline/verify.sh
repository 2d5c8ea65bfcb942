#!/usr/bin/env bash
# Asks one Region's API for a token and for paths, through its own front door: the
# API's name, past DNS.
#
#   CLIENT_ID=... CLIENT_SECRET=... verify.sh api.example.com d-abc.execute-api.eu-west-1.amazonaws.com:443 /objects
set -euo pipefail
domain=$1 door=$2
shift 2

# Credentials come from standard input, so that no list of processes shows them.
ask() { curl --silent --show-error --max-time 15 --retry 2 --connect-to "$domain:443:$door" --config - "$@"; }

token=$(ask --fail --data grant_type=client_credentials "https://$domain/oauth2/token" <<<"user = \"$CLIENT_ID:$CLIENT_SECRET\"" | jq --raw-output .access_token)
for path in "$@"; do
  status=$(ask --output /dev/null --write-out '%{http_code}' "https://$domain$path" <<<"header = \"Authorization: Bearer $token\"")
  echo "$path in $door: $status"
  [ "$status" -lt 400 ]
done
