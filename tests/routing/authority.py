"""A timestamping authority on this machine, made with the openssl command."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
"""
_EXTENSIONS = "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n"


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


@dataclass(frozen=True)
class LocalAuthority:
    """Keys, certificates and the settings of ``openssl ts`` in one folder."""

    folder: Path

    @property
    def root(self) -> Path:
        """The certificate that stamps are checked with."""
        return self.folder / "ca.pem"

    def answer(self, query: bytes) -> bytes:
        """What the authority answers to a request."""
        (self.folder / "query.tsq").write_bytes(query)
        arguments = ["-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
        _openssl(self.folder, "ts", "-reply", *arguments)
        return (self.folder / "reply.tsr").read_bytes()


def make_authority(folder: Path) -> LocalAuthority:
    """A root that signs the certificate of a timestamping service, both new."""
    folder.mkdir(parents=True)
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    root = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Authority of the tests"]
    _openssl(folder, "req", "-x509", *new, *root)
    _openssl(folder, "req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Stamps of the tests")
    (folder / "tsa.ext").write_text(_EXTENSIONS, "utf-8")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650"]
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", *signing, "-extfile", "tsa.ext", "-out", "tsa.pem")
    (folder / "serial").write_text("01\n", "ascii")
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder), "utf-8")
    return LocalAuthority(folder)


@contextmanager
def served(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """The address of an authority on the loopback interface: status and body for each request's body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The tests' output stays readable."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
