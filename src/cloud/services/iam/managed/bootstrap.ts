import type { AwsManagedPolicy } from "./types.ts";
import readOnly from "./read-only-access.json" with { type: "json" };

/** Documents of the AWS Managed Policy Reference, as the copy of that data in moto 5 has them; see functions.ts. */
export const bootstrap: Record<string, AwsManagedPolicy> = {
  AdministratorAccess: {
    path: "/",
    version: "v1",
    created: "2015-02-06T18:39:46+00:00",
    updated: "2015-02-06T18:39:46+00:00",
    document: { Statement: [{ Action: "*", Effect: "Allow", Resource: "*" }], Version: "2012-10-17" },
  },
  AWSCloudFormationReadOnlyAccess: {
    path: "/",
    version: "v7",
    created: "2015-02-06T18:39:49+00:00",
    updated: "2026-02-12T18:02:00+00:00",
    document: {
      Statement: [
        {
          Action: [
            "cloudformation:Describe*",
            "cloudformation:BatchDescribe*",
            "cloudformation:EstimateTemplateCost",
            "cloudformation:Get*",
            "cloudformation:List*",
            "cloudformation:ValidateTemplate",
            "cloudformation:Detect*",
          ],
          Effect: "Allow",
          Resource: "*",
        },
      ],
      Version: "2012-10-17",
    },
  },
  ReadOnlyAccess: {
    path: "/",
    version: "v182",
    created: "2015-02-06T18:39:48+00:00",
    updated: "2026-04-03T15:27:12+00:00",
    document: readOnly,
  },
};
