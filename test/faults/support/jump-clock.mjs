// Loaded into a process of the command line with NODE_OPTIONS=--import: from SIGUSR2 on, its clock is off by CLOCK_JUMP_MS;
// the next one sets it right again.
const jump = Number(process.env.CLOCK_JUMP_MS);
const now = Date.now;
let shift = 0;
process.on('SIGUSR2', () => {
  shift = shift === 0 ? jump : 0;
});
globalThis.Date = class extends Date {
  constructor(...args) {
    if (args.length === 0) super(now() + shift);
    else super(...args);
  }
  static now() {
    return now() + shift;
  }
};
