/** A policy that AWS owns, under `arn:aws:iam::aws:policy<path><name>`. */
export interface AwsManagedPolicy {
  path: string;
  /** Of the default version, such as `v2`. */
  version: string;
  /** ISO 8601. */
  created: string;
  /** ISO 8601. */
  updated: string;
  document: { Version: string; Statement: object[] };
}
