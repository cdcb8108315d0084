# The image of docs/docker.md. tests/system/test_dockerfile.py carries out every RUN step of it on a plain machine,
# since an image cannot be built everywhere.
ARG PYTHON=python:3.13.16-slim-trixie@sha256:bf44cdfcb76cd3b41e879bc058fc37ec5872002ccfde7fcb765e218cde0cd79c

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /build \
    && /build/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements-build.lock
# Without pip: nothing is installed into a running container.
RUN python -m venv --without-pip /opt/pmtrack \
    && /build/bin/pip --python /opt/pmtrack install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /build/bin/pip --python /opt/pmtrack install --no-cache-dir --no-deps /dist/*.whl

FROM ${PYTHON}
# Debian's mirrors keep only the newest version of a package, so that a pinned one could not be installed next month.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/*
# The base leaves bytecode out; where nothing can be written each start would compile the same files again.
RUN python -m compileall -q -x '/(test|tests|idlelib|turtledemo|ensurepip|site-packages)/' /usr/local/lib/python3.13
RUN groupadd --gid 10001 pmtrack \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin pmtrack \
    && mkdir -p /data \
    && chown 10001:10001 /data
COPY --from=build /opt/pmtrack /opt/pmtrack
ENV PATH=/opt/pmtrack/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PMTRACK_CONFIG=/data/pmtrack.toml
# pmtrack.toml, and what it names: the store, clones, folders of documents and issues.
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8750
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8750/healthz', timeout=4)"]
ENTRYPOINT ["pmtrack"]
CMD ["serve"]
