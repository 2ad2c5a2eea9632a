// WebKitGTK's MiniBrowser, driven by WebDriver.
import { By } from 'selenium-webdriver';
import { startDriver } from '../webkit/driver.ts';
import type { Browser, Engine } from './browser.ts';

export const WEBKIT: Engine = { title: 'WebKitGTK', start };

async function start(): Promise<Browser> {
  const server = await startDriver();
  const driver = await server.open().catch(async (error) => {
    await server.stop();
    throw error;
  });
  const version = (await driver.getCapabilities()).getBrowserVersion();
  return {
    name: `WebKitGTK ${version}`,
    open: (url) => driver.get(url),
    evaluate: <Value>(expression: string) =>
      driver.executeScript<Value>(`return (async () => (${expression}))()`),
    click: (selector) => driver.findElement(By.css(selector)).click(),
    type: (selector, text) => driver.findElement(By.css(selector)).sendKeys(text),
    clickAt: (x, y) => driver.actions().move({ x, y }).click().perform(),
    async moveToNewTab(url) {
      const first = await driver.getWindowHandle();
      await driver.switchTo().newWindow('tab');
      const second = await driver.getWindowHandle();
      await driver.get(url);
      await driver.switchTo().window(first);
      await driver.close();
      await driver.switchTo().window(second);
    },
    back: () => driver.navigate().back(),
    async quit() {
      await driver.quit().catch(() => {});
      await server.stop();
    },
  };
}
