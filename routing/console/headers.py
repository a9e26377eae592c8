"""What every answer of the web application says besides its content."""

from aiohttp import web

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-write=(self)",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Server": "tocsin",  # neither the language nor the library with its version
}


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """A signal handler of aiohttp: reaches every answer, errors, streams and files included."""
    response.headers.update(_ALWAYS)
    fixed = request.path.startswith("/static/")
    response.headers["Cache-Control"] = "no-cache" if fixed else "no-store"
