/**
 * The same object, with something around some of its asynchronous methods: a clock, a span. Its other members, and what
 * the object calls of its own, stay as they are.
 * @param around gets the method's name and the call itself, and returns the call's result
 */
export function intercept<Target extends object>(
  target: Target,
  names: readonly (keyof Target & string)[],
  around: <Result>(name: string, call: () => Promise<Result>) => Promise<Result>,
): Target {
  const wrapped = Object.create(target) as Target;
  for (const name of names) {
    const method = target[name] as (...args: unknown[]) => Promise<unknown>;
    Object.defineProperty(wrapped, name, {
      value: (...args: unknown[]) => around(name, () => method.apply(target, args)),
    });
  }
  return wrapped;
}
