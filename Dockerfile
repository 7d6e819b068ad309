# The README's two commands in a container:
#   docker build -t recur .                  ./dev quickstart; then: docker run --rm -v "$PWD:/work" recur train CONFIG
#   docker build --target test .             ./dev test
FROM debian:12-slim AS quickstart
# What `recur data fetch` verifies servers by; all else is installed by ./dev.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /recur
COPY . .
RUN ./dev quickstart

FROM quickstart AS test
RUN ./dev test

FROM quickstart AS recur
WORKDIR /work
ENTRYPOINT ["/recur/build/release/bin/recur"]
CMD ["--help"]
