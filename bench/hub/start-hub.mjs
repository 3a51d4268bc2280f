import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const HUB_PROCESS = fileURLToPath(new URL('./hub-process.mjs', import.meta.url));

/**
 * Starts a hub on a data directory and waits until its index covers its ledger.
 * @returns address and id of the hub; milliseconds, and milliseconds of CPU time, until its ledger was open and until it
 *   was ready; `ask` puts a question to its process, `stop` ends it
 */
export async function startHub(stores) {
  const child = fork(HUB_PROCESS, [JSON.stringify(stores)], { serialization: 'advanced', execArgv: ['--expose-gc'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the hub ended with ${code}`);
  });
  ended.catch(() => undefined);
  const answer = async () => {
    const [{ result, error }] = await Promise.race([once(child, 'message'), ended]);
    if (error) throw new Error(error);
    return result;
  };
  let last = answer();
  const ready = await last;
  const ask = (name, args) => {
    // One after another, as the answers carry no number.
    last = last.then(() => {
      const answered = answer();
      child.send({ name, args });
      return answered;
    });
    return last;
  };
  return { ...ready, ask, stop: () => ask('stop').then(() => ended.catch(() => undefined)) };
}
