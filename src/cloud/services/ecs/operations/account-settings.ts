import type {
  ListAccountSettingsRequest,
  ListAccountSettingsResponse,
  PutAccountSettingRequest,
  PutAccountSettingResponse,
  SettingName,
} from "@aws-sdk/client-ecs";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { settings } from "../state.ts";

/** What an account of today has; they are only remembered, long ARNs are always on. */
const DEFAULTS: Partial<Record<SettingName, string>> = {
  serviceLongArnFormat: "enabled",
  taskLongArnFormat: "enabled",
  containerInstanceLongArnFormat: "enabled",
  awsvpcTrunking: "disabled",
  containerInsights: "disabled",
  fargateFIPSMode: "disabled",
  tagResourceAuthorization: "on",
  guardDutyActivate: "off",
};

export function ListAccountSettings(deps: Pick<Parts, "store">, input: ListAccountSettingsRequest, call: Call): ListAccountSettingsResponse {
  const own = Object.fromEntries(
    settings(deps.store, call)
      .entries()
      .map(([name, { value }]) => [name, value]),
  );
  const all: Record<string, string> = input.effectiveSettings === false ? own : { ...DEFAULTS, ...own };
  const principalArn = arn("iam", { account: call.account, region: "" }, "root");
  return {
    settings: Object.entries(all)
      .filter(([name, value]) => (!input.name || name === input.name) && (!input.value || value === input.value))
      .map(([name, value]) => ({ name: name as SettingName, value, principalArn, type: "user" })),
  };
}

export function PutAccountSetting(deps: Pick<Parts, "store">, input: PutAccountSettingRequest, call: Call): PutAccountSettingResponse {
  if (!((input.name ?? "") in DEFAULTS)) throw invalid(`The account setting ${input.name} is not known.`);
  settings(deps.store, call).set(input.name!, { value: input.value! });
  return { setting: { name: input.name, value: input.value, principalArn: arn("iam", { account: call.account, region: "" }, "root"), type: "user" } };
}
