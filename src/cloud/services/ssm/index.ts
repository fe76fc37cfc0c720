import type { Clock } from "../../core/clock.ts";
import type { Api } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import * as changes from "./operations/change-parameters.ts";
import { DescribeParameters } from "./operations/describe-parameters.ts";
import * as gets from "./operations/get-parameters.ts";
import { PutParameter } from "./operations/put-parameter.ts";
import * as tags from "./operations/tags.ts";

export interface SsmDeps {
  store: Store;
  clock: Pick<Clock, "now">;
  /** For EC2's images, which public parameters stand for. */
  api: Api;
}

/** Systems Manager: Parameter Store. */
export function createSsm(deps: SsmDeps): Service {
  return {
    name: "ssm",
    signingNames: ["ssm"],
    sdk: () => import("@aws-sdk/client-ssm"),
    protocols: ["awsJson1_1"],
    operations: bind(deps, { PutParameter, ...gets, ...changes, DescribeParameters, ...tags }),
    access,
  };
}
