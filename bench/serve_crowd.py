#!/usr/bin/env python3
"""alfa serve in a crowd: connections that say nothing, stop in the middle of their headers or of a body, and others who want answers.

usage: bench/serve_crowd.py build/alfa [COUNT [MODEL]]      COUNT connections of each kind, 10000

Prints how long a picture waits for its answer when all of them are there, and the twenty after it, and the server's memory.
"""

import http.client
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HEAD = b"POST /v1/detect?class=plate HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
KINDS = {"silent": b"", "half of the headers": HEAD, "half of a body": HEAD + b"Content-Length: 100000\r\n\r\n\xff\xd8\xff"}


def connect(port):
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", port))
    return connection


def say(connection, text):
    try:
        connection.send(text)
    except OSError:         # it waits to be accepted, or was shown out
        pass


def judge(port, picture):
    begin = time.monotonic()
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", "/v1/detect?class=plate&store=no", picture, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return time.monotonic() - begin
        except OSError:
            pass
        if time.monotonic() - begin > 120:
            raise SystemExit("no answer in two minutes")
        time.sleep(0.1)


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) // 1024


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    model = sys.argv[3] if len(sys.argv) > 3 else "alfa-tiny"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
    with open(os.path.join(os.path.dirname(__file__), "../examples/images/plate/chip.jpg"), "rb") as file:
        picture = file.read()
    folder = tempfile.mkdtemp()
    server = subprocess.Popen([program, "serve", "--model", model, "--port", "0", "--data", folder], stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r"ready at http://[^:]+:(\d+)/", next(line for line in server.stderr if "ready at" in line))[1])
        judge(port, picture)
        print("| kind | connections | the next answer after s | 20 after it, the slowest s | memory MB |")
        print("|---|---|---|---|---|")
        for kind, text in KINDS.items():
            crowd = [connect(port) for _ in range(count)]
            for connection in crowd:
                say(connection, text)
            first = judge(port, picture)
            slowest = max(judge(port, picture) for _ in range(20))
            print(f"| {kind} | {len(crowd)} | {first:.1f} | {slowest:.2f} | {memory(server.pid)} |", flush=True)
            for connection in crowd:
                connection.close()
            judge(port, picture)
        server.send_signal(signal.SIGTERM)
        print("ends with status", server.wait(90))
    finally:
        server.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
