import type { ContextTags } from '../events.ts';
import { ignoreErrors } from '../ignore_errors.ts';
import { inCleanWindow } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture } from '../types.ts';

/** Version of the library, inserted by the build. */
declare const WEBTRACK_VERSION: string;

/** Properties of `navigator` that not every browser has. */
interface Hints {
  userAgentData?: {
    brands: readonly { brand: string; version: string }[];
    mobile: boolean;
    platform: string;
  };
  connection?: { effectiveType?: string };
}

/**
 * Tags every batch with the browser, its screen, languages, time zone and connection, as they are soon after the page
 * began to load. Values that the browser does not reveal are left out.
 */
export function context(): Capture {
  let screenPx: string | undefined;
  return {
    name: 'context',
    start() {
      // A page that is being left could make no new window to read it from.
      screenPx = screenSize();
      return () => {};
    },
    tags: () => ({ ...tags(screenPx ?? screenSize()) }),
  };
}

// Each value by itself: a page may have a variable or an element with the name of an API.
function tags(screen_px: string | undefined): ContextTags {
  const { navigator } = globalThis as { navigator: Navigator & Hints };
  const { userAgent } = navigator;
  const hints = ignoreErrors(() => navigator.userAgentData);
  const { mobile, platform } = hints ?? {};
  return {
    library_version: WEBTRACK_VERSION,
    user_agent: shortened(userAgent),
    ua_brands: ignoreErrors(() =>
      shortened(hints?.brands.map(({ brand, version }) => `${brand} ${version}`).join(', ')),
    ),
    ua_mobile: mobile,
    ua_platform: shortened(platform),
    languages: ignoreErrors(() => shortened(navigator.languages?.join())),
    screen_px,
    device_pixel_ratio: ignoreErrors(() => +globalThis.devicePixelRatio.toFixed(2)),
    // Left out on phones: the viewport is the window there, and reading it would force a layout.
    viewport_px:
      (mobile ?? /Mobi/.test(userAgent))
        ? undefined
        : sizeOf(globalThis.innerWidth, globalThis.innerHeight),
    // A window that was not shown yet may have no size.
    window_px: globalThis.outerWidth
      ? sizeOf(globalThis.outerWidth, globalThis.outerHeight)
      : undefined,
    time_zone: ignoreErrors(timeZone),
    connection_type: ignoreErrors(() => shortened(navigator.connection?.effectiveType)),
  };
}

/** Limits texts from the browser, which may have any length. */
function shortened(text: string | undefined): string | undefined {
  return typeof text === 'string' ? cut(text, 200) : undefined;
}

function sizeOf(width: unknown, height: unknown): string | undefined {
  return typeof width === 'number' && typeof height === 'number' ? `${width}x${height}` : undefined;
}

function screenSize(): string | undefined {
  const read = ({ screen }: { screen?: Partial<Screen> }) => sizeOf(screen?.width, screen?.height);
  return read(globalThis) ?? inCleanWindow(read);
}

function timeZone(): string {
  // Prefer Temporal: creating a DateTimeFormat takes milliseconds.
  const { Temporal } = globalThis as { Temporal?: { Now?: { timeZoneId?(): string } } };
  return (
    ignoreErrors(() => Temporal?.Now?.timeZoneId?.()) ??
    globalThis.Intl.DateTimeFormat().resolvedOptions().timeZone
  );
}
