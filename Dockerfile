FROM python:3.13-slim AS build
RUN python -m venv /venv
WORKDIR /site
# With the package that SENTRY_DSN needs; without the setting nothing imports it.
COPY requirements/sentry.txt requirements/sentry.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/sentry.txt
COPY . .
RUN SECRET_KEY=only-for-collecting SITE_URL=http://build.invalid STATIC_ROOT=/site/collected \
    /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python -m compileall -q config kb triage

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin site \
    && install -d -o site -g site /site/var /site/var/media
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
# The root file system may be read-only: only var/ and /tmp are written to.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/site/collected \
    METRICS_ROOT=/tmp/metrics \
    LOG_FORMAT=json
USER site
VOLUME /site/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s CMD ["python", "deploy/is_alive.py"]
CMD ["python", "-m", "config.server", "0.0.0.0", "8000"]
