import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(path, 'utf8').trim();

/** CPU time of this process and of the processes that decode for it, but not of `others`; Linux counts in hundredths of a second. */
export function cpuMs(others) {
  const { user, system } = process.cpuUsage();
  const ticksOf = (pid, first, last) =>
    read(`/proc/${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(first, last)
      .reduce((sum, ticks) => sum + Number(ticks), 0);
  const decoders = childrenOf(process.pid).filter((pid) => !others.includes(pid));
  const ticks = decoders.reduce((sum, pid) => sum + ticksOf(pid, 11, 13), ticksOf(process.pid, 13, 15));
  return (user + system) / 1000 + ticks * 10;
}

/** The most memory that this process and those that decode for it ever had, together. */
export function peakBytes() {
  const decoders = childrenOf(process.pid).map((pid) =>
    Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]),
  );
  return decoders.reduce((sum, kib) => sum + kib, process.resourceUsage().maxRSS) * 1024;
}

function childrenOf(pid) {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}
