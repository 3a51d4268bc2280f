import { parseArgs } from 'node:util';

const HELP = `Measures a hub over real HTTP with real signatures, every submission fsynced.

  npm run bench:hub -- [options]

  --index exact|qdrant     where the hub searches (exact)
  --ledger sqlite|postgres where the hub keeps its ledger (sqlite)
  --sizes N,N,…            entries, a hub of its own for each size (1000,10000)
  --batch N                entries a submission, at most 500 (100)
  --streams N              submissions in flight (4)
  --searches N             searches measured at each size (300)
  --recall N               searches whose ten best are compared with brute force (200)
  --raw N                  entries that are also given to Qdrant without the hub, at most (100000)
  --rebuild N              sizes up to this one are also rebuilt in Qdrant from the ledger (100000)
  --json                   print JSON instead of the tables
  --save FILE              write the JSON there after each size, so that a long run leaves what it has
  --from FILE              show results saved earlier instead of measuring; may be given several times
  --plot FILE.svg          draw how cost grows with the number of entries

Vectors are mixed from real SSCD embeddings, see bench/vectors.mjs. Qdrant: QDRANT_BIN names a server's executable, which
is started on storage of its own, so that its memory and disk are measured too; else QDRANT_URL is used, and wiped of what
the benchmark put there. PostgreSQL is started on loopback in a temporary directory.
1,000,000 entries in Qdrant take most of an hour on two cores and 10 GB of disk; nothing else should run then.
`;

const DEFAULTS = { batch: '100', streams: '4', searches: '300', recall: '200', raw: '100000', rebuild: '100000' };

/** Reads the command line. Ends the process after --help, and with exit code 2 on bad input. */
export function readOptions(args = process.argv.slice(2)) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        index: { type: 'string', default: 'exact' },
        ledger: { type: 'string', default: 'sqlite' },
        sizes: { type: 'string', default: '1000,10000' },
        ...Object.fromEntries(
          Object.entries(DEFAULTS).map(([name, value]) => [name, { type: 'string', default: value }]),
        ),
        json: { type: 'boolean', default: false },
        save: { type: 'string' },
        from: { type: 'string', multiple: true, default: [] },
        plot: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const options = {
      ...values,
      index: oneOf('index', values.index, ['exact', 'qdrant']),
      ledger: oneOf('ledger', values.ledger, ['sqlite', 'postgres']),
      sizes: values.sizes.split(',').map((size) => wholeNumber('sizes', size, 100)),
      ...Object.fromEntries(
        Object.keys(DEFAULTS).map((name) => [name, wholeNumber(name, values[name], LEAST[name] ?? 1)]),
      ),
    };
    if (options.batch > 500) throw new Error('--batch is at most 500.');
    return options;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** The others are at least 1. */
const LEAST = { recall: 0, raw: 0, rebuild: 0 };

function oneOf(name, value, allowed) {
  if (!allowed.includes(value)) throw new Error(`--${name} is one of ${allowed.join(', ')}.`);
  return value;
}

function wholeNumber(name, text, least) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`--${name} takes whole numbers from ${least} on.`);
  return number;
}
