import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const QUIET_TURNS = 3;
/** A turn of the event loop as short as this has had hardly anything to do. */
const QUIET_TURN_MS = 0.5;
const MAX_TURNS = 1_000;

/**
 * Stops accepting connections and lets the requests that are under way end, for `patienceMs` at most.
 * The operating system resets connections that were made but not accepted when the listening ends, so the end is put
 * right behind a few turns of the event loop in which there was none to accept.
 */
export async function closeGracefully(server: FastifyInstance, patienceMs: number): Promise<void> {
  await quietTurns(server.server);
  // Not left to fastify, which would get to it some turns later.
  const ended = new Promise<void>((resolve) => server.server.close(() => resolve()));
  const timer = setTimeout(() => server.server.closeAllConnections(), patienceMs);
  await ended;
  clearTimeout(timer);
  await server.close();
}

async function quietTurns(server: FastifyInstance['server']): Promise<void> {
  let accepted = false;
  const note = () => {
    accepted = true;
  };
  server.on('connection', note);
  for (let turn = 0, quiet = 0; turn < MAX_TURNS && quiet < QUIET_TURNS; turn++) {
    const startedMs = performance.now();
    await nextTurn();
    quiet = accepted || performance.now() - startedMs > QUIET_TURN_MS ? 0 : quiet + 1;
    accepted = false;
  }
  server.off('connection', note);
}
