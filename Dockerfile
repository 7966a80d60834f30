# One image for all parts of Freiton; docker-compose.yml says which command each container runs.
FROM python:3.13-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /app freiton \
    && install -d -o freiton -g freiton /data
WORKDIR /app
COPY requirements/runtime.txt requirements/runtime.txt
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements/runtime.txt
COPY . .

# Where the contract's defaults (loopback, ./var) do not fit a container.
ENV PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HTTP_BIND=0.0.0.0:8000 \
    SIP_BIND=0.0.0.0:5060
USER freiton
VOLUME /data
EXPOSE 8000/tcp 5060/udp 5060/tcp 5061/tcp 5080/tcp 5081/tcp 9464/tcp
CMD ["python", "-m", "provider.run.prepare"]
