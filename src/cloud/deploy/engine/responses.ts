import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";

/** What a custom resource answers ("Custom resource response objects", CloudFormation User Guide). */
export interface CustomResourceResponse {
  Status: "SUCCESS" | "FAILED";
  Reason?: string;
  PhysicalResourceId: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  NoEcho?: boolean;
  Data?: Record<string, unknown>;
}

/** Answers of custom resources that are still waited for, by the token in their ResponseURL. */
export class PendingResponses {
  private readonly waiting = new Map<string, (response: CustomResourceResponse) => void>();
  private readonly clock: Clock;
  private readonly ids: Pick<Ids, "hex">;

  constructor(clock: Clock, ids: Pick<Ids, "hex">) {
    this.clock = clock;
    this.ids = ids;
  }

  /** A new token, and the answer that will come for it. Rejects after `timeoutMs`, or when `signal` aborts. */
  open(timeoutMs: number, signal: AbortSignal): { token: string; response: Promise<CustomResourceResponse>; fail: (reason: string) => void } {
    const token = this.ids.hex(40);
    let fail: (reason: string) => void = () => {};
    const response = new Promise<CustomResourceResponse>((resolve, reject) => {
      const timer = this.clock.setTimer(timeoutMs, () =>
        fail("CloudFormation did not receive a response from your Custom Resource. Please check your logs."),
      );
      const close = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", cancel);
        this.waiting.delete(token);
      };
      const cancel = (): void => fail("Resource creation cancelled");
      fail = (reason) => {
        close();
        reject(new Error(reason));
      };
      this.waiting.set(token, (answer) => {
        close();
        resolve(answer);
      });
      signal.addEventListener("abort", cancel, { once: true });
    });
    // Whoever opened it awaits it later; a rejection before that is not a lost one.
    response.catch(() => {});
    return { token, response, fail: (reason) => fail(reason) };
  }

  /** Takes an answer. False where nobody waits for it (a repeated or late one): it is dropped, as by a used S3 URL. */
  complete(token: string, body: string): boolean {
    const waiter = this.waiting.get(token);
    if (!waiter) return false;
    waiter(parse(body));
    return true;
  }
}

function parse(body: string): CustomResourceResponse {
  try {
    const answer = JSON.parse(body) as CustomResourceResponse;
    if (answer.Status === "SUCCESS" && !answer.PhysicalResourceId) return { ...answer, Status: "FAILED", Reason: "Invalid PhysicalResourceId" };
    if (answer.Status === "SUCCESS" || answer.Status === "FAILED") return answer;
    return { ...answer, Status: "FAILED", Reason: "Invalid response object: Status must be SUCCESS or FAILED" };
  } catch {
    return {
      Status: "FAILED",
      Reason: "Response object is not valid JSON",
      PhysicalResourceId: "",
      StackId: "",
      RequestId: "",
      LogicalResourceId: "",
    };
  }
}
