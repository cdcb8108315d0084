# syntax=docker/dockerfile:1
# Every RUN step of the first stage also runs in a plain virtual environment; nothing else is installed.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
RUN python -m venv /opt/pmtrack && /opt/pmtrack/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY config config
COPY src src
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/pmtrack/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home pmtrack
COPY --from=build /opt/pmtrack /opt/pmtrack
ENV PATH=/opt/pmtrack/bin:$PATH PYTHONUNBUFFERED=1 PMTRACK_CONFIG=/data/pmtrack.toml
# /data holds pmtrack.toml, and the postmortems, the issues and the store that it names.
WORKDIR /data
VOLUME /data
USER pmtrack
ENTRYPOINT ["pmtrack"]
CMD ["serve"]
