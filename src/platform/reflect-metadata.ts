/**
 * type-graphql asks for types that TypeScript may have written down (`emitDecoratorMetadata`). It is not used here:
 * every field states its type, so the answer is always that there is none. Import this before any decorated class.
 */
const reflect = Reflect as { getMetadata?: () => undefined };
reflect.getMetadata ??= () => undefined;
