import type { ReportEvent } from '../events.ts';
import { Set } from '../natives.ts';
import { cut } from '../text.ts';
import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';
import { withoutSecrets } from './message.ts';
import { OWN_REQUESTS } from './own.ts';

/** Most events per view: a wrong policy reports everything in a page. */
const PER_VIEW = 50;
/** Most characters of a message. */
const MAX_LENGTH = 1_000;
const VIOLATION = 'csp-violation';

/** Fields of the three types of reports, such as https://www.w3.org/TR/CSP3/#cspviolationreportbody */
interface ReportBody {
  readonly id?: string;
  readonly message?: string;
  readonly effectiveDirective?: string;
  readonly blockedURL?: string | null;
  /** The name of `blockedURL` in a `securitypolicyviolation` event. */
  readonly blockedURI?: string;
  readonly disposition?: string;
  readonly sourceFile?: string | null;
  readonly lineNumber?: number | null;
  readonly columnNumber?: number | null;
}

/**
 * Records `report`: violations of the page's Content-Security-Policy, deprecations and interventions. Equal reports are
 * recorded once per view, and at most 50 reports per view. Reports about the tracker's own requests are left out.
 */
export function reports(): Capture {
  return {
    name: 'reports',
    start(sink: OwnSink) {
      const seen = new Set<string>();
      const record = (type: string, report: ReportBody) => {
        const { sourceFile, lineNumber, columnNumber } = report;
        // An intervention's text may contain the address of a resource.
        const message = withoutSecrets(
          cut(report.message ?? report.effectiveDirective ?? '', MAX_LENGTH),
        );
        const blocked = report.blockedURL ?? report.blockedURI;
        const key = [message, blocked, sourceFile, lineNumber || ''].join();
        if (OWN_REQUESTS.test(blocked ?? '') || seen.has(key) || seen.size >= PER_VIEW) return;
        seen.add(key);
        sink.track({
          event: 'report',
          report_type: type.replace('-', '_'),
          message,
          report_id: report.id,
          blocked_url: blocked || undefined,
          disposition: report.disposition,
          source_url: sourceFile || undefined,
          line: lineNumber || undefined,
          column: columnNumber || undefined,
        } as ReportEvent);
      };
      const endView = sink.on('view', () => seen.clear());
      const events = listening();
      events.on<SecurityPolicyViolationEvent>(document, 'securitypolicyviolation', (violation) =>
        record(VIOLATION, violation),
      );
      const observer =
        globalThis.ReportingObserver &&
        new globalThis.ReportingObserver(
          (list) => {
            for (const { type = '', body } of list) {
              // Skip violations: all browsers send them as events, while Firefox 153 sends no reports of them.
              if (type !== VIOLATION) record(type, body ?? {});
            }
          },
          { types: ['deprecation', 'intervention', VIOLATION], buffered: !sink.isLate },
        );
      observer?.observe();
      // Earlier reports, including violations, for which no event will follow.
      for (const { type = '', body } of observer?.takeRecords() ?? []) record(type, body ?? {});
      return () => {
        endView();
        events.end();
        observer?.disconnect();
      };
    },
  };
}
