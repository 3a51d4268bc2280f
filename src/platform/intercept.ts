/**
 * The same object, with something around some of its asynchronous methods: a clock, a span. Its other members, and what
 * the object calls of its own, stay as they are.
 * @param around gets the method's name, the call itself and its arguments, and returns the call's result
 */
export function intercept<Target extends object>(
  target: Target,
  names: readonly (keyof Target & string)[],
  around: <Result>(name: string, call: () => Promise<Result>, args: readonly unknown[]) => Promise<Result>,
): Target {
  const wrapped = new Map<PropertyKey, unknown>();
  for (const name of names) {
    const method = target[name] as (...args: unknown[]) => Promise<unknown>;
    wrapped.set(name, (...args: unknown[]) => around(name, () => method.apply(target, args), args));
  }
  return new Proxy(target, {
    get(_target, name) {
      if (wrapped.has(name)) return wrapped.get(name);
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      // Methods work on the object itself: what they keep there, its own calls must see.
      const bound = member.bind(target);
      wrapped.set(name, bound);
      return bound;
    },
  });
}
