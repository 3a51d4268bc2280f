import { createRequire } from 'node:module';

type Scalar = string | number | boolean | null | undefined;

/** Structured log lines on standard error. Fields are scalars only, so that no vector, token or body can be logged. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  info(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  warn(message: string, fields?: Readonly<Record<string, Scalar>>): void;
  error(message: string, fields?: Readonly<Record<string, Scalar>>): void;
}

const load = createRequire(import.meta.url);
/** Longer texts are cut: an error of a library may quote what it was given. */
const MAX_CHARACTERS = 4_000;

export function createLogger(name: string, level: string): Logger {
  if (level === 'silent') return SILENT;
  const { pino } = load('pino') as typeof import('pino');
  const logger = pino({ name, level }, pino.destination({ dest: 2, sync: true }));
  return {
    debug: (message, fields) => logger.isLevelEnabled('debug') && logger.debug(cut(fields), shorten(message)),
    info: (message, fields) => logger.isLevelEnabled('info') && logger.info(cut(fields), shorten(message)),
    warn: (message, fields) => logger.warn(cut(fields), shorten(message)),
    error: (message, fields) => logger.error(cut(fields), shorten(message)),
  };
}

/** Of a command, which mostly says nothing here and need not load what would write it. */
const SILENT: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}

function shorten(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function cut(fields: Readonly<Record<string, Scalar>> = {}): Record<string, Scalar> {
  const short: Record<string, Scalar> = {};
  for (const [name, value] of Object.entries(fields)) short[name] = typeof value === 'string' ? shorten(value) : value;
  return short;
}

/** What may be logged of an error: its name, code and text, never its attached data. */
export function errorFields(error: unknown): Record<string, Scalar> {
  const { name, message, code, stack } = error as Error & { code?: unknown };
  return { error: name, code: typeof code === 'string' ? code : undefined, message, stack };
}
