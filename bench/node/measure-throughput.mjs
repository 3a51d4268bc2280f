import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealedLeaf } from '../../dist/node/sealed-leaf.js';
import { loadManifest } from '../../dist/platform/manifest-file.js';
import { compareShrinkOnLoad, openSession, runBare } from './bare.mjs';
import { ingest, joinNode, openBenchNode } from './bench-node.mjs';
import { writePhotos } from './photos.mjs';
import { cpuMs } from './processes.mjs';

const ROUNDS = 5;
/** A submission's worth, so that all the code has run and is compiled as it is in a long run. */
const WARM_UP = 64;

/**
 * Measures one model on photos of one size: the pipeline from files to sealed entries, and all of `ingest` without and with
 * its searches, against decoding and the bare model. Then the same files once more, for which nothing must be computed.
 */
export async function measureThroughput(hub, pictures, { model, megapixels, photos }) {
  const name = `${model}-${megapixels}`;
  const manifest = loadManifest(model);
  const { node, count } = await openBenchNode(await joinNode(hub, name, model));
  const session = await openSession(manifest);
  const folder = (part) => join(hub.folder, `${name} ${part}`);
  const warmUp = writePhotos(pictures, folder('warm-up'), WARM_UP);
  await runBare(warmUp, manifest, session);
  await ingest(node, warmUp, 'warm-up');
  // Short rounds in turn, so that a busy machine slows both alike.
  const perRound = Math.ceil(photos / ROUNDS);
  const bare = { decodeMs: 0, modelMs: 0 };
  const jobs = {
    pipeline: { run: (paths) => sealPhotos(node, paths), cpuMs: 0, wallMs: 0 },
    add: { run: (paths, claim) => ingest(node, paths, claim, false), cpuMs: 0, wallMs: 0 },
    ingest: { run: (paths, claim) => ingest(node, paths, claim), cpuMs: 0, wallMs: 0 },
  };
  let paths = [];
  let claim = '';
  for (let round = 0; round < ROUNDS; round++) {
    for (const [step, job] of Object.entries(jobs)) {
      claim = `${step} ${round}`;
      paths = writePhotos(pictures, folder(claim), perRound);
      if (step === 'pipeline') {
        const { decodeMs, modelMs } = await runBare(paths, manifest, session);
        bare.decodeMs += decodeMs;
        bare.modelMs += modelMs;
      }
      // Decoders that had nothing to do for long have ended: their next start is no part of a photo's cost.
      await sealPhotos(node, warmUp.slice(0, 10));
      const [beforeMs, startMs] = [cpuMs([hub.process.pid]), performance.now()];
      await job.run(paths, claim);
      job.cpuMs += cpuMs([hub.process.pid]) - beforeMs;
      job.wallMs += performance.now() - startMs;
    }
  }
  const computed = count.computed;
  const beforeMs = cpuMs([hub.process.pid]);
  await ingest(node, paths, claim);
  const againMs = cpuMs([hub.process.pid]) - beforeMs;
  const { provider } = await node.fingerprinter();
  await Promise.all([node.close(), session.release()]);
  const all = perRound * ROUNDS;
  return {
    model,
    megapixels,
    provider,
    photos: all,
    decodeCpuMs: bare.decodeMs / all,
    modelCpuMs: bare.modelMs / all,
    ...Object.fromEntries(
      Object.entries(jobs).map(([step, job]) => [
        step,
        {
          cpuMs: job.cpuMs / all,
          ofBound: (bare.decodeMs + bare.modelMs) / job.cpuMs,
          photosPerSecond: (all / job.wallMs) * 1000,
        },
      ]),
    ),
    secondRun: { photos: perRound, computed: count.computed - computed, cpuMs: againMs / perRound },
    decoding: await compareShrinkOnLoad(pictures.slice(0, 9), manifest),
  };
}

/** From files to the bytes that would be submitted, in the node's own way: read ahead, decode apart, compute, seal. */
async function sealPhotos(node, paths) {
  const fingerprinter = await node.fingerprinter();
  const sources = paths.map((path) => ({ key: path, bytes: () => readFile(path) }));
  const photo = { ref: randomBytes(32), claimRef: randomBytes(32), lineOfBusiness: 'MOTOR', addedAtMs: Date.now() };
  for await (const { error, result } of fingerprinter.fingerprintAll(sources)) {
    if (error) throw error;
    sealedLeaf({ ...photo, fingerprint: result }, node.seals.current.sealer());
  }
}
