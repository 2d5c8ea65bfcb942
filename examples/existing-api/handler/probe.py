"""Says whether this Region's bucket can be reached: a failover would help if not."""
import os

import boto3
from botocore.config import Config

# The health endpoint waits 1.2 s.
s3 = boto3.client("s3", config=Config(connect_timeout=1, read_timeout=1, retries={"max_attempts": 0}))


def check(_event, _context):
    try:
        s3.head_bucket(Bucket=os.environ["BUCKET"])
    except Exception as error:  # whatever it is, requests would meet it
        print(f"the bucket cannot be reached: {error}")
        return {"status": "unhealthy"}
    return {"status": "healthy"}
