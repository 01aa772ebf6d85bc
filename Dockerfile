# One image for web, worker, sweeper and the stands; docker-compose.yml says which it runs.
# The Python that the tests run on; its libraries come as wheels, so no compiler is needed.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/tsur
# The libraries are a layer of their own: a change of code does not fetch them again.
COPY requirements.lock requirements-dev.lock ./
RUN /opt/tsur/bin/pip install --no-deps --requirement requirements.lock
# For workers that use a trained topic model: `--build-arg TOPICS=yes`.
ARG TOPICS=no
RUN if [ "$TOPICS" = yes ]; then \
        grep '^numpy==' requirements-dev.lock > topics.lock \
        && /opt/tsur/bin/pip install --no-deps --requirement topics.lock; \
    fi
COPY pyproject.toml ./
COPY adapters ./adapters
COPY canonical ./canonical
COPY gateway ./gateway
COPY ledger ./ledger
COPY router ./router
COPY stand ./stand
COPY workers ./workers
RUN /opt/tsur/bin/pip install --no-deps --no-build-isolation . \
    && /opt/tsur/bin/pip uninstall --yes pip

FROM python:${PYTHON}-slim
# A fixed id, so that files outside a container can be given to it.
RUN groupadd --gid 10001 tsur \
    && useradd --uid 10001 --gid tsur --home-dir /state --no-create-home --shell /usr/sbin/nologin tsur \
    && install --directory --owner tsur --group tsur --mode 0700 /state /keys /books
COPY --from=build /opt/tsur /opt/tsur
COPY mappings /mappings
ENV PATH=/opt/tsur/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TSUR_STATE_DIR=/state \
    TSUR_KEYS_FILE=/keys/keys.json \
    TSUR_MAPPINGS_DIR=/mappings
USER 10001:10001
WORKDIR /state
EXPOSE 8080
CMD ["tsur", "web"]
