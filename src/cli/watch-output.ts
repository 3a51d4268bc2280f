import { ClaimprintError } from '../protocol/errors.js';
import { EXIT_ERROR, showFailure } from './terminal.js';

/**
 * Lets a command end as it would have where nobody reads on (`… | head -1`), with the exit code that is due; what could not
 * be written for any other reason makes it a failure. Errors of writing come as events, and unheard they end the process.
 */
export function watchOutput(): void {
  let hasFailed = false;
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (hasFailed || nobodyReads(cause)) return;
    hasFailed = true;
    const code = cause.code === 'ENOSPC' ? 'STORAGE_FULL' : 'NOT_READABLE';
    const message = `The result cannot be written to standard output${cause.code === 'ENOSPC' ? ': no space is left' : ''}.`;
    showFailure(new ClaimprintError(code, message, { cause }), false);
  });
  // There is no other place left to complain to.
  process.stderr.on('error', () => undefined);
  process.on('exit', () => {
    if (hasFailed) process.exitCode = EXIT_ERROR;
  });
}

function nobodyReads({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}
