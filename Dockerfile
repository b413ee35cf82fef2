# Built without internet from a folder of wheels: `make wheels` (with ARCH for another kind of machine), optionally
# `make assets`, then `docker compose build`.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS installed
COPY wheels /wheels
COPY requirements.txt /
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-index -f /wheels --require-hashes -r /requirements.txt \
    && /opt/venv/bin/pip check

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin site \
    && install -d -o site -g site /var/lib/site
COPY --from=installed /opt/venv /opt/venv
COPY . /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=county_urbanization.settings \
    VAR_DIR=/var/lib/site
USER 10001:10001
VOLUME /var/lib/site
EXPOSE 8000
CMD ["gunicorn", "--config=county_urbanization/gunicorn.py", "--bind=0.0.0.0:8000", "county_urbanization.wsgi"]
