import { AwsError } from "../../../core/errors.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const isObject = (value: unknown): value is Record<string, Json> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The reasons that EventBridge gives are its own parser's; the code is what programs look at. */
export const invalidPattern = (reason: string): AwsError => new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
