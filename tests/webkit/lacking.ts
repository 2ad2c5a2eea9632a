// Skips tests that use a part of Playwright which WebKitGTK's WebDriver lacks.
import { test } from '@playwright/test';

/** Skips the running test, and says why. */
export function lacks(what: string): never {
  test.info().skip(true, `needs ${what}, which WebDriver lacks`);
  throw new Error(what); // `skip` has thrown already
}

/** `target`, whose missing properties skip the test that reads them. */
export function orSkip<Target extends object>(name: string, target: Target): Target {
  return new Proxy(target, {
    get(object, property) {
      if (property in object) {
        const value = Reflect.get(object, property);
        return typeof value === 'function' ? value.bind(object) : value;
      }
      // Whoever awaits or prints the object asks for these.
      if (typeof property === 'symbol' || property === 'then' || property === 'toJSON') return;
      return lacks(property === '_apiName' ? 'assertions on elements' : `${name}.${property}`);
    },
  });
}
