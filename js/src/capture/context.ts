import type { ContextTags } from '../events.ts';
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
  return { name: 'context', start: () => () => {}, tags: () => ({ ...tags() }) };
}

function tags(): ContextTags {
  const { userAgent, userAgentData, languages, connection }: Navigator & Hints = navigator;
  const { brands, mobile, platform }: Partial<typeof userAgentData> = userAgentData ?? {};
  return {
    library_version: WEBTRACK_VERSION,
    user_agent: shortened(userAgent),
    ua_brands: shortened(brands?.map(({ brand, version }) => `${brand} ${version}`).join(', ')),
    ua_mobile: mobile,
    ua_platform: platform,
    languages: shortened(languages?.join()),
    screen_px: `${screen.width}x${screen.height}`,
    device_pixel_ratio: +devicePixelRatio.toFixed(2),
    // Left out on phones: the viewport is the window there, and reading it would force a layout.
    viewport_px: (mobile ?? /Mobi/.test(userAgent)) ? undefined : `${innerWidth}x${innerHeight}`,
    // A window that was not shown yet may have no size.
    window_px: outerWidth ? `${outerWidth}x${outerHeight}` : undefined,
    time_zone: timeZone(),
    connection_type: connection?.effectiveType,
  };
}

/** Limits texts from the browser, which may have any length. */
function shortened(text: string | undefined): string | undefined {
  return text?.slice(0, 200);
}

function timeZone(): string {
  // Prefer Temporal: creating a DateTimeFormat takes milliseconds.
  const { Temporal } = globalThis as { Temporal?: { Now: { timeZoneId(): string } } };
  return Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
