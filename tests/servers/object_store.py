"""An object store that speaks as much of S3 as readers need: list, head, and get by ranges."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>"""
_OBJECT = (
    "<Contents><Key>{}</Key><Size>{}</Size><ETag>&quot;1&quot;</ETag>"
    "<LastModified>2026-11-22T12:00:00.000Z</LastModified></Contents>"
)


@contextmanager
def run_object_store(folder: Path):
    """Serve the folders in a folder as buckets; yield the variables that lead readers there."""

    class Handler(_Handler):
        home = folder

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                "AWS_ALLOW_HTTP": "true",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "nowhere-1",
            }
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home: Path

    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, *, with_body):
        if "AWS4-HMAC-SHA256" not in self.headers.get("Authorization", ""):
            self._send(403, b"", {}, with_body=with_body)
            return
        url = urlsplit(self.path)
        path = self.home / unquote(url.path).strip("/")
        if "list-type" in parse_qs(url.query):
            self._send(200, self._list(path, parse_qs(url.query)), {}, with_body=with_body)
        elif path.is_file():
            self._send_file(path.read_bytes(), with_body=with_body)
        else:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>", {}, with_body=with_body)

    def _list(self, bucket, query):
        prefix = query.get("prefix", [""])[0]
        files = sorted(path for path in bucket.rglob("*") if path.is_file())
        named = [(path.relative_to(bucket).as_posix(), path.stat().st_size) for path in files]
        told = [
            _OBJECT.format(escape(name), size) for name, size in named if name.startswith(prefix)
        ]
        return _LISTING.format("".join(told)).encode()

    def _send_file(self, data, *, with_body):
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        headers = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT"}
        if asked is None:
            self._send(200, data, headers, with_body=with_body)
            return
        first = int(asked[1]) if asked[1] else max(0, len(data) - int(asked[2]))
        end = int(asked[2]) + 1 if asked[1] and asked[2] else len(data)
        end = min(end, len(data))
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(data)}"
        self._send(206, data[first:end], headers, with_body=with_body)

    def _send(self, code, body, headers, *, with_body):
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)
