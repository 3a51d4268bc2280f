import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Brings a clone from nothing to runnable with Node's own modules alone. What is there already is left alone,
// so a second run installs, builds and downloads nothing. Everything it says goes to standard error.

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (...parts) => join(root, ...parts);
const say = (text) => process.stderr.write(`${text}\n`);

/** Installs the locked dependencies and builds, as far as needed. */
export function setupCode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Claimprint needs Node 20.19 or later; this is ${process.version}.`);
  }
  if (!installed()) {
    say('Installing dependencies (npm ci) …');
    run('npm', ['ci', '--loglevel=error'], 'The dependencies could not be installed.');
  }
  const digest = sourceDigest();
  if (read(path('dist', '.source-digest')) !== digest) {
    say('Building …');
    // Built beside the old one and then put in its place, so that nobody meets a half-built dist/.
    const fresh = path(`dist.${process.pid}`);
    process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
    run(process.execPath, [path('node_modules', 'typescript', 'bin', 'tsc'), '--outDir', fresh], 'The build failed.');
    writeFileSync(join(fresh, '.source-digest'), digest);
    rmSync(path('dist'), { recursive: true, force: true });
    renameSync(fresh, path('dist'));
  }
}

/** As setupCode, and fetches the model too. */
export function setup() {
  setupCode();
  run(process.execPath, [path('dist', 'cli', 'main.js'), 'models', 'pull', '--quiet'], undefined);
}

/** Whether node_modules holds exactly what the lock file names (optional packages depend on the platform). */
function installed() {
  const lock = JSON.parse(read(path('package-lock.json'))).packages;
  const present = JSON.parse(read(path('node_modules', '.package-lock.json')) || '{"packages":{}}').packages;
  return Object.entries(lock).every(
    ([name, entry]) => name === '' || entry.optional || present[name]?.integrity === entry.integrity,
  );
}

function sourceDigest() {
  const hash = createHash('sha256');
  const files = readdirSync(path('src'), { recursive: true }).filter((file) => file.endsWith('.ts'));
  for (const file of [...files.map((file) => join('src', file)).sort(), 'tsconfig.json', 'package-lock.json']) {
    hash.update(`${file}\0`).update(readFileSync(path(file)));
  }
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function run(command, args, complaint) {
  const shell = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status !== 0) fail(complaint);
}

function fail(message) {
  if (message) say(message);
  process.exit(2);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
