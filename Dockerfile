# syntax=docker/dockerfile:1
# scripts/check-image.sh replays these very lines without Docker; it says so when it meets one it can't.

# The bundle is plain JavaScript: it is built once, on the builder's own platform, for every platform.
FROM --platform=$BUILDPLATFORM node:24.22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/licences.mjs ./scripts/
COPY machines/ ./machines/
COPY src/ ./src/
RUN npm run build

# Before 24.18.1 Node drops headers past the 1,000th without a word (CVE-2026-58044).
FROM node:24.22-bookworm-slim
LABEL org.opencontainers.image.title="Qguardarr" \
      org.opencontainers.image.description="Keeps each tracker's total upload in qBittorrent at or under its cap" \
      org.opencontainers.image.licenses="MIT"

# tini is process 1: the kernel drops a SIGTERM to a process 1 that has no handler for it yet, so without tini
# a container stopped while it starts would hang for Docker's whole grace period.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /config \
 && ln -s /app/entrypoint.sh /usr/local/bin/qguardarr

WORKDIR /app
# package.json says that the bundle is an ES module.
COPY package.json LICENSE ./
COPY scripts/healthcheck.mjs scripts/entrypoint.sh ./
COPY config/ ./config/
COPY --from=build /src/dist/ ./dist/

# The environment wins over the file, so the address inside the container is fixed and EXPOSE and the health check
# stay true; publish it wherever you like.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=32768 \
    QGUARDARR_CONFIG=/config/qguardarr.yaml \
    QGUARDARR__GLOBAL__HOST=0.0.0.0 \
    QGUARDARR__GLOBAL__PORT=8089

# Started as root, the entrypoint goes on as PUID:PGID (1000:1000) at once; `user:` leaves it nothing to do.
# ./data and ./logs, the config's defaults, fall into the volume.
WORKDIR /config
VOLUME ["/config"]
EXPOSE 8089
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "/app/healthcheck.mjs"]
ENTRYPOINT ["tini", "--", "/app/entrypoint.sh"]
CMD ["run", "--wait-for-config"]
