"""A certificate made for one test, by the openssl program."""

import ssl
import subprocess
from pathlib import Path

HOST = "gateway.example"


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that is 127.0.0.1 and gateway.example, and a client that trusts it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=double"
    )
    names = f"subjectAltName=IP:127.0.0.1,DNS:{HOST}"
    where = ["-addext", names, "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *where], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))
