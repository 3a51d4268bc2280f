# The hub without anything that reads images. Build from the repository's root:
#   docker build -f deploy/hub.Dockerfile -t claimprint-hub:0.1.0 .
FROM node:22-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json schema.graphql LICENSE ./
COPY models ./models
COPY scripts ./scripts
COPY src ./src
RUN node scripts/package-hub.mjs /hub && cd /hub && npm install --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /hub /hub
# For `hub start` and for the operator's commands alike.
ENV CLAIMPRINT_JOURNAL=/journal
# Journal and, without DATABASE_URL, the ledger itself.
RUN install -d -o node -g node -m 0700 /data /journal
USER node
WORKDIR /data
VOLUME ["/data", "/journal"]
EXPOSE 7070 9470
# TLS ends at the proxy in front; the metrics' port stays inside the cluster.
ENTRYPOINT ["node", "/hub/dist/cli/main.js"]
CMD ["hub", "start", "--host", "0.0.0.0", "--port", "7070", "--allow-plain-http", "--metrics-host", "0.0.0.0", "--metrics-port", "9470", "--drain-seconds", "10"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:7070/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
