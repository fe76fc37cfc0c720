/**
 * Stands for an object that is built later: services need each other in circles, and `compose.ts` builds one after the
 * other. Only methods may be used through it, and only once `get` has something to give.
 */
export function late<T extends object>(get: () => T): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      const target = get();
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
