import decimal
import logging
import os
import socket
import urllib.request

import greeting


def handle(event, context):
    match event.get("do"):
        case "fail":
            raise LookupError("as asked")
        case "fetch":
            return urllib.request.urlopen(event["url"]).read().decode()
        case "connect":
            try:
                socket.create_connection((event["host"], event["port"]), timeout=5)
            except OSError as error:
                return str(error)
        case "unserializable":
            return object()
    logging.getLogger().warning("handled")
    return {
        "greeting": greeting.HELLO, "request": context.aws_request_id, "function": context.function_name,
        "left": context.get_remaining_time_in_millis(), "colour": os.environ["COLOUR"], "price": decimal.Decimal("1.5"),
    }
