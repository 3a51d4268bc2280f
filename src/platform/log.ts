import { pino } from 'pino';

type Scalar = string | number | boolean | null | undefined;

/** Structured log lines on standard error. Fields are scalars only, so that no vector, token or body can be logged. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  info(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  warn(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  error(message: string, fields?: Readonly<Record<string, Scalar>>): void;
}

export function createLogger(name: string, level: string): Logger {
  const logger = pino({ name, level }, pino.destination({ dest: 2, sync: true }));
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

/** What may be logged of an error: its name, code and text, never its attached data. */
export function errorFields(error: unknown): Record<string, Scalar> {
  const { name, message, code, stack } = error as Error & { code?: unknown };
  return { error: name, code: typeof code === 'string' ? code : undefined, message, stack };
}
