"""The framework is named by FRAMEWORK: none (http.server), fastapi or flask."""

import json
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from billing import BilledRequest, BillingRefused, BillingUnavailable, PaymentRequired, billed
from billing import events

if os.environ["STYLE"] == "llm":
    from billing import llm
else:
    llm = None

worked = 0


def unit(n):
    return llm.tokens_used(llm.TokenUse("small", 0, n * 100))[0] if llm else events.image_generated(quantity=n)


def work(asked, meter):
    global worked
    worked += 1
    for n in asked.get("used", []):
        meter.used(unit(n))
    if asked.get("fail"):
        raise RuntimeError("the work failed")
    return {"done": True}


def subject_of(headers):
    names = {"end_user": "x-end-user", "session": "x-session", "task": "x-task"}
    return {field: headers[name] for field, name in names.items() if headers.get(name)}


def call(headers, asked):
    if not llm:
        request = BilledRequest(headers["x-customer"], headers["x-request-id"], unit(asked["estimate"]), subject_of(headers))
        return billed(request, lambda meter: work(asked, meter))
    request = llm.LlmRequest(
        headers["x-customer"], headers["x-request-id"], "small", "hi", asked["estimate"] * 100, subject=subject_of(headers)
    )
    tokens = 100 * sum(asked.get("used", [asked["estimate"]]))

    def ask():
        result = work({"fail": asked.get("fail")}, None)
        usage = {"prompt_tokens": 10, "completion_tokens": tokens}
        answer = llm.ProviderAnswer("openai", "openai.chat", "gpt-4o", usage, id=f"answer-{worked}")
        return result, llm.TokenUse("small", 0, tokens), answer

    return llm.billed_call(request, ask)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            done = call(self.headers, asked)
            self.answer(200, {**done.result, "pending": done.pending, "charges": done.charges})
        except PaymentRequired as denied:
            self.answer(402, denied.body())
        except BillingUnavailable as failure:
            self.answer(503, {"error": str(failure)})
        except BillingRefused as refused:
            self.answer(409, {"error": refused.code})
        except RuntimeError as failure:
            self.answer(500, {"error": str(failure)})

    def do_GET(self):
        self.answer(200, worked)

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def run_none(listener):
    server = ThreadingHTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
    server.socket = listener
    server.serve_forever()


def run_fastapi(listener):
    import uvicorn
    from fastapi import FastAPI, Request

    from billing.fastapi import billed_route, install

    app = FastAPI()
    install(app)

    @app.post("/fastapi")
    async def route(request: Request):
        asked = await request.json()
        headers = request.headers
        return await billed_route(
            request, headers["x-customer"], unit(asked["estimate"]), lambda meter: work(asked, meter), subject_of(headers)
        )

    @app.get("/worked")
    async def count():
        return worked

    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def run_flask(listener):
    from flask import Flask, jsonify, request
    from werkzeug.serving import make_server

    from billing.flask import billed_route, install

    app = Flask(__name__)
    install(app)

    @app.post("/flask")
    def route():
        asked = request.get_json()
        headers = request.headers
        return jsonify(
            billed_route(
                request, headers["x-customer"], unit(asked["estimate"]), lambda meter: work(asked, meter), subject_of(headers)
            )
        )

    @app.get("/worked")
    def count():
        return jsonify(worked)

    make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno()).serve_forever()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    listener.listen(64)
    print(f"app listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    {"none": run_none, "fastapi": run_fastapi, "flask": run_flask}[os.environ["FRAMEWORK"]](listener)
