import { setupCode } from './setup.mjs';

setupCode();
await import('../dist/cli/main.js');
