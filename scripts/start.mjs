import { setup } from './setup.mjs';

setup();
await import('../dist/demo/main.js');
