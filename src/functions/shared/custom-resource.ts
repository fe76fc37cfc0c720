import { request } from "node:https";
import { told } from "./log.ts";

/** What CloudFormation sends the function behind a custom resource (CloudFormation user guide, "Custom resource request objects"). */
export interface CustomResourceEvent {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

export const isCustomResource = (event: object): event is CustomResourceEvent => "RequestType" in event && "ResponseURL" in event;

/**
 * Does the work and tells CloudFormation how it went. It must be told, or it waits for the resource's whole time-out.
 * @param put sends the answer; the real one unless told
 */
export async function answerCustomResource(event: CustomResourceEvent, work: () => Promise<void>, put = putAnswer): Promise<void> {
  const failure = await work().then(
    () => undefined,
    (error: unknown) => told(error),
  );
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = LogicalResourceId } = event;
  const outcome = failure === undefined ? { Status: "SUCCESS" } : { Status: "FAILED", Reason: failure };
  await put(event.ResponseURL, JSON.stringify({ ...outcome, PhysicalResourceId, StackId, RequestId, LogicalResourceId }));
}

/** The address is a presigned one of S3, which was signed without a content type (the same guide, and CDK's own handlers). */
function putAnswer(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
    const { hostname, pathname, search } = new URL(url);
    const asked = request({ hostname, path: `${pathname}${search}`, method: "PUT", headers }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      if (status < 300) resolve();
      else reject(new Error(`CloudFormation's answer was not taken: ${status}`));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
