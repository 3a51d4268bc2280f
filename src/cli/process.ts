import { type Configuration, readConfiguration } from '../platform/config.js';
import { createLogger, type Logger } from '../platform/log.js';

let configurationOnce: Configuration | undefined;

/** This process's configuration, read from the environment once. */
export function configuration(): Configuration {
  configurationOnce ??= readConfiguration();
  return configurationOnce;
}

/** The log of a server. */
export function serverLog(): Logger {
  return createLogger('claimprint', configuration().logLevel ?? 'warn');
}

/** The log of a command that ends by itself: its output says what matters, so the log is silent unless asked for. */
export function commandLog(): Logger {
  return createLogger('claimprint', configuration().logLevel ?? 'silent');
}

/** Resolves on the first SIGINT or SIGTERM. A second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.once('SIGINT', () => process.exit(130));
      process.once('SIGTERM', () => process.exit(143));
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
