import type { Message } from "../shared/aws-tell.ts";
import { asSubject } from "../shared/subject.ts";
import type { Failure } from "./failure.ts";

export interface FailedStack {
  readonly name: string;
  readonly region: string;
  readonly leaf?: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const WHAT = { create: "Deployment", update: "Deployment", import: "Import", delete: "Deletion" } as const;

/** @param why of the resource that failed first, also where it is of a nested stack */
export function failedMessage(
  stack: FailedStack,
  failure: Failure,
  why: { readonly resource?: string; readonly reason: string },
  { application, environment }: { readonly application: string; readonly environment: string },
): Message {
  const { name, region, leaf, status, at } = stack;
  const reason = why.reason.trim().replace(/\.$/, "");
  const whole = why.resource === undefined ? reason : `${why.resource}: ${reason}`;
  const state = stateOf(status);
  return {
    subject: asSubject(`${WHAT[failure.what]} of ${name} failed${state.short}`),
    body: [
      `The ${WHAT[failure.what].toLowerCase()} of the stack ${name} (${region}) failed: ${whole}.`,
      state.long,
      `All events: aws cloudformation describe-stack-events --stack-name ${name} --region ${region}`,
    ].join("\n"),
    notice: {
      id: `deployment-failed-${failure.id}`,
      occasion: "deployment-failed",
      application,
      environment,
      ...(leaf === undefined ? {} : { leaf }),
      at: new Date(at).toISOString(),
      why: whole,
    },
  };
}

/** AWS CloudFormation user guide, "Stack status codes": what each state leaves, and what can be done. */
function stateOf(status: string): { readonly short: string; readonly long: string } {
  switch (status) {
    case "UPDATE_ROLLBACK_COMPLETE":
    case "IMPORT_ROLLBACK_COMPLETE":
      return { short: ", rolled back", long: "It was rolled back: what was there before is there again." };
    case "ROLLBACK_COMPLETE":
      return { short: ", rolled back", long: "Nothing of it is left; the next deployment makes it anew." };
    case "UPDATE_ROLLBACK_FAILED":
      return {
        short: ", and so did its roll-back",
        long: "It could not be rolled back either, and cannot be updated as it is: mend what stands in the way, then aws cloudformation continue-update-rollback.",
      };
    case "ROLLBACK_FAILED":
    case "IMPORT_ROLLBACK_FAILED":
      return { short: ", and so did its roll-back", long: "It could not be rolled back either: some of its resources are still there." };
    case "DELETE_FAILED":
      return { short: "", long: "Some of its resources are still there. The next rouse destroy or deploy tries again." };
    default:
      return { short: "", long: `It stays as it is (${status}): nothing was rolled back.` };
  }
}
