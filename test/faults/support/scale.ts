/** Whether the figures are wanted in full (`npm run test:faults`) or the short version runs among all tests. */
export const full = process.env.CLAIMPRINT_FAULTS === 'full';

export function scaled<Value>(short: Value, inFull: Value): Value {
  return full ? inFull : short;
}

/** Prints a row of figures under the name of the fault. */
export function report(fault: string, figures: Readonly<Record<string, string | number>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`${fault}: ${text.join(' · ')}`);
}
