"""Runs a Python function: a client of Lambda's Runtime API, as in
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html."""
import base64
import decimal
import http.client
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback
import types
import urllib.parse

proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])


def report(host, port):
    """Tells the local cloud that somebody wanted to leave it."""
    name = urllib.parse.unquote(proxy.username) + ":" + urllib.parse.unquote(proxy.password)
    connection = http.client.HTTPConnection(proxy.hostname, proxy.port, timeout=5)
    try:
        connection.request("GET", "/", headers={
            "Host": f"{host}:{port}", "X-Localcloud-Direct": "true",
            "Proxy-Authorization": "Basic " + base64.b64encode(name.encode()).decode(),
        })
        connection.getresponse().read()
    finally:
        connection.close()


def stay_inside(event, args):
    """Refuses connections that do not go through the proxy."""
    if event in ("socket.connect", "socket.sendto"):
        if not isinstance(args[1], tuple):
            return
        host, port = args[1][:2]
    elif event == "socket.getaddrinfo":
        host, port = args[:2]
    elif event == "socket.gethostbyname":
        host, port = args[0], 0
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if not host or host in ("localhost", "::1", "0.0.0.0") or host.startswith("127."):
        return
    report(host, port)
    raise PermissionError(f"{host} cannot be reached from the local cloud but through HTTPS_PROXY")


class Encoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, decimal.Decimal):
            return float(o)
        return super().default(o)


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = types.SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)


class Runtime:
    def __init__(self):
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        self.connection = http.client.HTTPConnection(host, int(port))

    def call(self, method, path, body=None):
        self.connection.request(method, "/2018-06-01/runtime/" + path, body=body)
        response = self.connection.getresponse()
        return response.headers, response.read()


def describe(error):
    return json.dumps({
        "errorType": type(error).__name__, "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__),
    }).encode()


def load(name):
    module, dot, function = name.rpartition(".")
    if not dot:
        raise ValueError(f"the handler {name!r} must be a module and a function, such as app.handle")
    return getattr(importlib.import_module(module.replace("/", ".")), function)


def main():
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.addaudithook(stay_inside)
    logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
    runtime = Runtime()
    try:
        handler = load(os.environ["_HANDLER"])
    except BaseException as error:
        traceback.print_exc()
        runtime.call("POST", "init/error", describe(error))
        sys.exit(1)
    while True:
        headers, body = runtime.call("GET", "invocation/next")
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        context = Context(headers)
        path = "invocation/" + context.aws_request_id
        try:
            answer = json.dumps(handler(json.loads(body), context), cls=Encoder).encode()
        except Exception as error:
            traceback.print_exc()
            runtime.call("POST", path + "/error", describe(error))
            continue
        runtime.call("POST", path + "/response", answer)


main()
