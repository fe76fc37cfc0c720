import type { GetAccountSettingRequest, GetAccountSettingResponse, PutAccountSettingRequest, PutAccountSettingResponse } from "@aws-sdk/client-ecr";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { invalid } from "../shared.ts";
import { settings } from "../state.ts";

/** The one that means something here: whether a push may take layers from another repository of the registry. */
const BLOB_MOUNTING = "BLOB_MOUNTING";

const only = (operation: string, name: string | undefined): void => {
  if (name !== BLOB_MOUNTING) throw new NotSupported("ecr", operation, `the setting ${name ?? ""}; there is ${BLOB_MOUNTING}`);
};

export function PutAccountSetting(
  { store }: Pick<EcrDeps, "store">,
  { name, value }: PutAccountSettingRequest,
  call: Call,
): PutAccountSettingResponse {
  only("PutAccountSetting", name);
  if (value !== "ENABLED" && value !== "DISABLED")
    throw invalid(`Invalid parameter at 'value' failed to satisfy constraint: 'must be ENABLED or DISABLED'`);
  settings(store, call).set(BLOB_MOUNTING, value);
  return { name, value };
}

/** Disabled unless told: "Blob mounting in Amazon ECR" says how it is enabled. */
export function GetAccountSetting({ store }: Pick<EcrDeps, "store">, { name }: GetAccountSettingRequest, call: Call): GetAccountSettingResponse {
  only("GetAccountSetting", name);
  return { name, value: settings(store, call).get(BLOB_MOUNTING) ?? "DISABLED" };
}
