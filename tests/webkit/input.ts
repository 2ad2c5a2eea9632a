// Keyboard, mouse and elements, by WebDriver's actions.
import { type Actions, Button, Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { orSkip } from './lacking.ts';

/** Runs `work` with the page's own window, after what was asked before. */
export type InPage = <Value>(work: (driver: WebDriver) => Promise<Value>) => Promise<Value>;

/** The types of selenium-webdriver lack it. */
type Scrolling = Actions & { scroll(x: number, y: number, dx: number, dy: number): Actions };

interface Point {
  x: number;
  y: number;
}

interface ClickOptions {
  button?: 'left' | 'middle' | 'right';
  clickCount?: number;
  /** From the element's upper left corner. */
  position?: Point;
}

const BUTTONS = { left: Button.LEFT, middle: Button.MIDDLE, right: Button.RIGHT };

const KEYS: Readonly<Record<string, string>> = {
  Alt: Key.ALT,
  ArrowDown: Key.ARROW_DOWN,
  ArrowLeft: Key.ARROW_LEFT,
  ArrowRight: Key.ARROW_RIGHT,
  ArrowUp: Key.ARROW_UP,
  Backspace: Key.BACK_SPACE,
  Control: Key.CONTROL,
  End: Key.END,
  Enter: Key.ENTER,
  Escape: Key.ESCAPE,
  Home: Key.HOME,
  PageDown: Key.PAGE_DOWN,
  Shift: Key.SHIFT,
  Space: Key.SPACE,
  Tab: Key.TAB,
};

export const keyboard = (inPage: InPage) =>
  orSkip('keyboard', {
    press: (name: string) =>
      inPage(async (driver) => {
        const keys = name.split('+').map((part) => KEYS[part] ?? part);
        const actions = driver.actions();
        for (const key of keys) actions.keyDown(key);
        for (const key of keys.reverse()) actions.keyUp(key);
        await actions.perform();
      }),
    type: (text: string) => inPage((driver) => driver.actions().sendKeys(text).perform()),
  });

export const mouse = (inPage: InPage) => {
  const at: Point = { x: 0, y: 0 };
  const wheel: Point = { x: 0, y: 0 };
  return orSkip('mouse', {
    move: (x: number, y: number) =>
      inPage(async (driver) => {
        Object.assign(at, { x, y });
        await driver.actions().move({ x, y, duration: 0 }).perform();
      }),
    down: () => inPage((driver) => driver.actions().press().perform()),
    up: () => inPage((driver) => driver.actions().release().perform()),
    click: (x: number, y: number, { clickCount = 1 }: ClickOptions = {}) =>
      inPage(async (driver) => {
        Object.assign(at, { x, y });
        const actions = driver.actions().move({ x, y, duration: 0 });
        for (let n = 0; n < clickCount; n++) actions.press().release();
        await actions.perform();
      }),
    wheel: (x: number, y: number) =>
      inPage((driver) => {
        // The driver scrolls by the difference to what it was told before.
        wheel.x += x;
        wheel.y += y;
        return (driver.actions() as Scrolling).scroll(at.x, at.y, wheel.x, wheel.y).perform();
      }),
  });
};

/** Finds an element, also in open shadow roots, as Playwright does. */
async function elementOf(driver: WebDriver, selector: string): Promise<WebElement> {
  const find = () => driver.executeScript<WebElement | null>(FIND, selector);
  return driver.wait(find, FOUND_MS, `no element ${selector}`) as Promise<WebElement>;
}

const FOUND_MS = 5_000;
const FIND = `const [selector] = arguments;
const find = (root) => {
  const found = root.querySelector(selector);
  if (found) return found;
  for (const { shadowRoot } of root.querySelectorAll('*')) {
    const inside = shadowRoot && find(shadowRoot);
    if (inside) return inside;
  }
  return null;
};
return find(document);`;

export async function clickOn(
  driver: WebDriver,
  selector: string,
  { button = 'left', clickCount = 1, position }: ClickOptions = {},
): Promise<void> {
  const element = await elementOf(driver, selector);
  await driver.executeScript('arguments[0].scrollIntoViewIfNeeded()', element);
  const { width, height } = await element.getRect();
  const [x, y] = position ? [position.x - width / 2, position.y - height / 2] : [0, 0];
  const actions = driver
    .actions()
    .move({ origin: element, x: Math.round(x), y: Math.round(y), duration: 0 });
  for (let n = 0; n < clickCount; n++) actions.press(BUTTONS[button]).release(BUTTONS[button]);
  await actions.perform();
}

export const locator = (inPage: InPage, selector: string) => {
  const found = <Value>(work: (element: WebElement, driver: WebDriver) => Promise<Value>) =>
    inPage(async (driver) => work(await elementOf(driver, selector), driver));
  return orSkip('locator', {
    click: (options?: ClickOptions) => inPage((driver) => clickOn(driver, selector, options)),
    fill: (text: string) =>
      found(async (element) => {
        await element.clear();
        await element.sendKeys(text);
      }),
    focus: () => found((element, driver) => driver.executeScript('arguments[0].focus()', element)),
    getAttribute: (name: string) => found((element) => element.getAttribute(name)),
    textContent: () => found((element) => element.getText()),
    boundingBox: () => found((element) => element.getRect()),
    evaluate: (work: (element: never) => unknown) =>
      found((element, driver) =>
        driver.executeScript(`return (async () => (${work})(arguments[0]))()`, element),
      ),
  });
};
