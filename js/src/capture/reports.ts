import type { ReportEvent } from '../events.ts';
import type { Capture, OwnSink } from '../types.ts';
import { listening } from './listening.ts';
import { withoutSecrets } from './message.ts';
import { OWN } from './own.ts';

/** A policy that does not fit a page blames all that is on it. */
const PER_VIEW = 50;
const VIOLATION = 'csp-violation';

/** What reports of the three kinds say; https://www.w3.org/TR/CSP3/#cspviolationreportbody and the like. */
interface Complaint {
  readonly id?: string;
  readonly message?: string;
  readonly effectiveDirective?: string;
  readonly blockedURL?: string | null;
  /** The same of an event. */
  readonly blockedURI?: string;
  readonly disposition?: string;
  readonly sourceFile?: string | null;
  readonly lineNumber?: number | null;
  readonly columnNumber?: number | null;
}

/**
 * Records `report`: violations of the page's Content-Security-Policy, deprecations and interventions. The same one is
 * recorded once a view, and at most 50 of them are. Of our own requests none is.
 */
export function reports(): Capture {
  return {
    name: 'reports',
    start(sink: OwnSink) {
      const seen = new Set<string>();
      const record = (type: string, complaint: Complaint) => {
        const { sourceFile, lineNumber, columnNumber } = complaint;
        // An intervention's text may name what was loaded.
        const message = withoutSecrets(complaint.message ?? complaint.effectiveDirective ?? '');
        const blocked = complaint.blockedURL ?? complaint.blockedURI;
        const key = [message, blocked, sourceFile, lineNumber || ''].join();
        if (OWN.test(blocked ?? '') || seen.has(key) || seen.size >= PER_VIEW) return;
        seen.add(key);
        sink.track({
          event: 'report',
          report_type: type.replace('-', '_'),
          message,
          report_id: complaint.id,
          blocked_url: blocked || undefined,
          disposition: complaint.disposition,
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
        new ReportingObserver(
          (list) => {
            for (const { type = '', body } of list) {
              // Firefox 153 has reports, but none of violations: those come as events everywhere.
              if (type !== VIOLATION) record(type, body ?? {});
            }
          },
          { types: ['deprecation', 'intervention', VIOLATION], buffered: !sink.isLate },
        );
      observer?.observe();
      // What has come before, of which there will be no event.
      for (const { type = '', body } of observer?.takeRecords() ?? []) record(type, body ?? {});
      return () => {
        endView();
        events.end();
        observer?.disconnect();
      };
    },
  };
}
