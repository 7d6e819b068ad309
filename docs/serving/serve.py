"""A small HTTP server for a sentiment run's TorchScript file, with Python's standard library.

    python docs/serving/serve.py model.pt 8080
    curl -d '{"texts": ["a touching film"]}' http://127.0.0.1:8080/

For many requests at once put a real server before it (TorchServe, Triton, or a C++ one around load.cpp).
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch

model = torch.jit.load(sys.argv[1])
MOST_BYTES = 1 << 20


class Predict(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", 0))
            if length > MOST_BYTES:
                return self.answer(413, {"error": f"send at most {MOST_BYTES} bytes"})
            texts = json.loads(self.rfile.read(length))["texts"]
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise TypeError("texts must be a list of strings")
            with torch.inference_mode():
                rows = model.predict(texts).tolist()
        # What is no JSON, nested too deep, not as asked for, or half a character; of torch's errors the text is too long.
        except (ValueError, KeyError, TypeError, RecursionError, RuntimeError) as error:
            return self.answer(400, {"error": f"{type(error).__name__}: {str(error)[:200]}"})
        return self.answer(200, [dict(zip(model.labels, row)) for row in rows])

    def do_GET(self):
        return self.answer(405, {"error": 'POST {"texts": ["a touching film"]}'})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Predict)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
