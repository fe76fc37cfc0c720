/** A resource of a leaf, as somebody would look at it with the AWS CLI. */
export interface ResourceView {
  /** `Auto Scaling group`. */
  readonly what: string;
  readonly stack: string;
  readonly region: string;
  /** CloudFormation's. */
  readonly type: string;
  /** Its physical id. */
  readonly name: string;
  /** A command of the AWS CLI that shows it, with the endpoint where one is needed; null where Rouse knows none. */
  readonly command: string | null;
}
