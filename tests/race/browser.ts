// The browser of the race: Chromium with the back/forward cache on, as visitors have it, and without requests to
// Google.
import { type Browser, chromium, type LaunchOptions } from '@playwright/test';

export const settings: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
  args: [
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.localhost, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ],
};

export function launch(): Promise<Browser> {
  return chromium.launch(settings);
}
