import { Command } from 'commander';
import { errorFields } from '../platform/log.js';
import { ClaimprintError } from '../protocol/errors.js';
import { commandLog } from './process.js';
import { showFailure } from './terminal.js';

/**
 * A command with `--json` whose handler returns the exit code (nothing: 0).
 * What it throws becomes one sentence with a code and exit code 2; the log has the rest.
 */
export function command<Options>(
  usage: string,
  description: string,
  handler: (positional: string[], options: Options & { json?: boolean }) => Promise<number | undefined>,
): Command {
  const [name, ...positionalArguments] = usage.split(' ');
  const self = new Command(name);
  for (const argument of positionalArguments) self.argument(argument);
  return self
    .description(description)
    .option('--json', 'print one JSON document')
    .action(async (...args: unknown[]) => {
      const options = self.opts<Options & { json?: boolean }>();
      try {
        process.exitCode = (await handler(args.slice(0, -2).flat() as string[], options)) ?? 0;
      } catch (thrown) {
        const error = partMissing(thrown) ?? thrown;
        if (!(error instanceof ClaimprintError)) commandLog().error('command failed', errorFields(error));
        process.exitCode = showFailure(error, options.json ?? false);
      }
    });
}

/** An installation of the hub alone has no node in it, nor what reads images. */
function partMissing(thrown: unknown): ClaimprintError | undefined {
  if ((thrown as NodeJS.ErrnoException)?.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return new ClaimprintError('UNSUPPORTED', 'This installation does not hold the part that this command needs.', {
    cause: thrown,
  });
}

/** A group of commands: `claimprint hub …`. */
export function group(name: string, description: string, members: readonly Command[]): Command {
  const parent = new Command(name).description(description);
  for (const member of members) parent.addCommand(member);
  return parent;
}

/** Reads a port number. @param option that takes it @throws BAD_REQUEST */
export function parsePort(text: string, option = '--port'): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new ClaimprintError('BAD_REQUEST', `${option} takes a number from 0 to 65535, not ${JSON.stringify(text)}.`);
  }
  return port;
}
