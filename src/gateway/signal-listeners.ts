const EVENTS = ['SIGINT', 'SIGTERM', 'exit'] as const;

/**
 * Calls a function and takes back the process listeners it has added. The gateway's server library listens for SIGTERM
 * on its own, and with a listener the signal no longer ends the process; ending it in order is the node's task.
 */
export function withoutSignalListeners<T>(create: () => T): T {
  const before = EVENTS.map((event) => new Set(process.listeners(event as 'exit')));
  const result = create();
  for (const [index, event] of EVENTS.entries()) {
    for (const listener of process.listeners(event as 'exit')) {
      if (!before[index]?.has(listener)) process.removeListener(event, listener);
    }
  }
  return result;
}
