"""python3-requests under the meter.

Usage: requests_client.py session|official URL CALLS WARM CA
`session` keeps a requests.Session; `official` calls requests.get each time,
as the service's own Python wrapper does: a new connection per call.
"""
import sys

import requests

mode, url, calls, warm, ca = sys.argv[1:6]
headers = {"X-Api-Key": "bench-key", "X-Auth-Token": "bench-token"}
get = requests.Session().get if mode == "session" else requests.get


def work(count):
    for _ in range(count):
        reply = get(url, headers=headers, verify=ca)
        if reply.status_code != 200 or len(reply.json()["payments"]) != 5:
            sys.exit("not the list that was asked for")


def tell(line):
    print(line, flush=True)
    sys.stdin.readline()


work(int(warm))
tell("ready")
work(int(calls))
tell("done " + calls)
