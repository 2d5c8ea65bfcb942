"""Keeps shopping carts: GET and PUT /carts/{id}."""
import json
import os

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["BUCKET"]


def handle(event, _context):
    parts = event["path"].strip("/").split("/")
    if len(parts) != 2 or parts[0] != "carts":
        return answer(404, {"error": "there are carts here, and nothing else"})
    key = "carts/" + parts[1]
    if event["httpMethod"] == "PUT":
        s3.put_object(Bucket=BUCKET, Key=key, Body=event["body"] or "{}")
        return answer(200, {"stored": parts[1]})
    try:
        cart = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return answer(404, {"error": "no such cart"})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": cart.decode()}


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
