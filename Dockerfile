# Tocsin in a container: every command of `tocsin`, as an account without rights, with nothing secret in the image.
#   docker build -t tocsin:0.1.0 .
#   docker run --rm -v "$PWD/conf:/etc/tocsin:ro" -v tocsin-data:/var/lib/tocsin -p 127.0.0.1:8080:8080 tocsin:0.1.0

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/tocsin
# The libraries first: they change seldom, and this layer is then taken from the cache.
COPY requirements.txt ./
RUN /opt/tocsin/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY connectors connectors
COPY routing routing
COPY deploy deploy
# No isolation: what builds is pinned with the rest. What only installs is then taken out again.
RUN /opt/tocsin/bin/pip install --no-deps --no-build-isolation . \
 && /opt/tocsin/bin/pip uninstall --yes setuptools pip

FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 tocsin \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/tocsin --shell /usr/sbin/nologin tocsin \
 && install --directory --owner=10001 --group=10001 /var/lib/tocsin
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Where this process says whether it is ready: 8081 for `worker`, 8082 for `connect`.
ENV TOCSIN_HEALTH_URL=http://127.0.0.1:8080/readyz
USER 10001:10001
WORKDIR /var/lib/tocsin
EXPOSE 8080 8081 8082
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ['TOCSIN_HEALTH_URL'], timeout=4)"]
# A list, so that no shell stands between: a shell as the first process keeps SIGTERM to itself, and Tocsin would be
# killed in the middle of its work instead of finishing what is in hand.
ENTRYPOINT ["tocsin"]
CMD ["run", "-c", "/etc/tocsin/tocsin.yaml"]
